import { eventually } from '../eventually.ts';
import type { Edge, Stored } from './edge.ts';
import type { Relay } from './relay.ts';

/**
 * Lets clients send to an API whose limit is used up, and waits until their events are there after all.
 * @param key whose limit it is
 * @param ids of the people that the events are of, one event each
 * @returns the records, and how often the API answered 429
 */
export async function throttled({ tight, edge, relay }: { tight: Edge; edge: Edge; relay: Relay }, key: string, ids: readonly string[], send: () => unknown): Promise<{ records: Stored[]; refused: number }> {
  const seenBefore = relay.seen.length;
  relay.leadTo(new URL(tight.endpoint).origin);
  try {
    const drain = await fetch(`${tight.endpoint}v1/track`, { method: 'POST', headers: { authorization: `Basic ${btoa(`${key}:`)}` }, body: '{"userId":"drain","event":"x"}' });
    if (!drain.ok) throw new Error(`the limit was used up before: ${drain.status}`);
    await send();
    const records = await eventually(`events of ${ids.join()}`, async () => {
      const found = (await Promise.all(ids.map((id) => tight.recordsOf(id)))).flat();
      return new Set(found.map(({ partitionKey }) => partitionKey)).size === ids.length ? found : undefined;
    }, 40_000);
    return { records, refused: relay.seen.slice(seenBefore).filter(({ method, status }) => method === 'POST' && status === 429).length };
  } finally {
    relay.leadTo(new URL(edge.endpoint).origin);
  }
}
