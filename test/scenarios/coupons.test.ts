import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis';
import { afterAll, expect, test } from 'vitest';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import { createAwsClients } from '../../local/stack/aws-clients.ts';
import { readEndpoints } from '../../local/stack/endpoints.ts';
import { basicAuth, createWorld, eventually } from '../support/runtime.ts';

const world = createWorld();
afterAll(() => world.end());

/** What went into the stream as `coupon_redeemed`. */
async function redemptions(): Promise<Envelope[]> {
  const endpoints = readEndpoints(world.dataDir);
  const { kinesis, close } = createAwsClients(endpoints, endpoints.region);
  try {
    const shard = { StreamName: endpoints.streamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(shard));
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    const envelopes = Records.map(({ Data }) => JSON.parse(Buffer.from(Data ?? []).toString()) as Envelope);
    return envelopes.filter(({ event }) => event.event === 'coupon_redeemed');
  } finally {
    close();
  }
}

test('the code of an offer is redeemed once, by its person, with the server key', async () => {
  // Two days, for the offer and for its code, pass in nine seconds each.
  const runtime = await world.start({ timeScale: 20_000 });
  const post = async (path: string, body: object, key = runtime.keys.server) => {
    const headers = { 'content-type': 'application/json', authorization: basicAuth(key) };
    const response = await fetch(`${runtime.url}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  await post('identify', { userId: 'ana', traits: { email: 'ana@reader.example', marketing_consent: true } });
  await post('track', { userId: 'ana', event: 'add_to_cart', properties: { product_id: 'b1', name: 'Emma', price: 9.9, currency: 'EUR' } });
  const mail = await eventually('the offer', () => runtime.mails()[0], 30_000);
  const code = /[A-Z2-9]{5}-[A-Z2-9]{5}/.exec(mail.text ?? '')?.[0] ?? 'no code';

  const redeem = (change: object, key?: string) => post('coupons/redeem', { code, userId: 'ana', orderId: 'o1', productIds: ['b1'], ...change }, key);
  const [wrong, web, other, first, again, second] = [
    await redeem({ orderId: 7 }),
    await redeem({}, runtime.keys.web),
    await redeem({ userId: 'ben' }),
    await redeem({ code: ` ${code.toLowerCase().replace('-', ' ')}` }),
    await redeem({}),
    await redeem({ orderId: 'o2' }),
  ];
  const granted = { status: 200, body: { redeemed: true, percent: 15, productIds: ['b1'], campaign: 'abandoned_cart' } };
  expect([first, again]).toEqual([granted, granted]);
  expect([wrong, web, other, second].map(({ status }) => status)).toEqual([400, 403, 409, 409]);
  expect([wrong, web, other, second].map(({ body }) => body.error)).toEqual([
    expect.stringContaining('orderId'),
    expect.stringContaining('server key'),
    expect.stringContaining('another person'),
    expect.stringContaining('already redeemed'),
  ]);

  const events = await redemptions();
  expect(events.map(({ event }) => event.userId)).toEqual(['ana', 'ana']);
  expect(new Set(events.map(({ event }) => event.messageId)).size).toBe(1);
}, 120_000);
