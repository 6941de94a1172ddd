import type { WriteKeys } from '../stack/keys.ts';
import type { StoryCall } from './story.ts';

/** The bookstore's website and back office, as Segue sees them: two write keys and HTTP. */
export interface Shop {
  /** @throws Error with the answer, when an event was not taken */
  send(call: StoryCall): Promise<void>;
  sent: number;
}

/** Browsers send with the publishable key what visitors do; everything that needs trust comes from the server. */
export function createShop(url: string, keys: WriteKeys): Shop {
  const shop: Shop = {
    sent: 0,
    async send({ type, ...call }) {
      const key = call.userId === undefined ? keys.web : keys.server;
      const response = await fetch(`${url}/v1/${type}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
        body: JSON.stringify(call),
      });
      if (!response.ok) throw new Error(`POST /v1/${type}: ${response.status} ${await response.text()}`);
      shop.sent += 1;
    },
  };
  return shop;
}
