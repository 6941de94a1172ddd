import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { createCouponStore, type CouponStore } from '../../lambdas/adapters/coupon-store.ts';
import { createHandler } from '../../lambdas/redeem-coupon/handler.ts';
import { anasCoupon, MemoryCoupons } from '../support/coupons.ts';
import { startDynamo } from '../support/dynamo.ts';
import { hourMs, startMs } from '../support/events.ts';
import { FakeStream, MemoryProfiles, recordingLogger, Trouble } from '../support/fakes.ts';

const server = { keyId: 'k1', source: 'server' };
const order = { code: 'abcde-23456', userId: 'ana', orderId: 'o1', productIds: ['b1'] };
const granted = { status: 200, body: { redeemed: true, percent: 15, productIds: ['b1'], campaign: 'abandoned_cart' } };

function world(coupons: CouponStore = new MemoryCoupons([anasCoupon]), stream = new FakeStream()) {
  const profiles = new MemoryProfiles();
  const clock = { nowMs: startMs + hourMs };
  const { logger, lines } = recordingLogger();
  const handle = createHandler({ coupons, profiles, stream, logger, now: () => clock.nowMs });
  const call = async (body: unknown, authorizer: object | undefined = server) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { statusCode, body: answer } = await handle({ body: text, isBase64Encoded: false, requestContext: { authorizer } } as unknown as APIGatewayProxyEvent);
    return { status: statusCode, body: JSON.parse(answer) as Record<string, unknown> };
  };
  return { call, coupons, profiles, stream, clock, lines };
}

describe('redeem-coupon', () => {
  test('redeems for an order and tells the stream', async () => {
    const { call, stream } = world();
    expect(await call(order)).toEqual(granted);
    expect(stream.records).toHaveLength(1);
    expect(stream.records[0]).toMatchObject({
      partitionKey: 'ana',
      envelope: { source: 'server', keyId: 'k1', receivedAtMs: startMs + hourMs, event: { event: 'coupon_redeemed', userId: 'ana', properties: { order_id: 'o1' } } },
    });
  });

  test('answers the same order the same, at any later time, and repeats its event unchanged', async () => {
    const { call, clock, stream } = world();
    await call(order);
    clock.nowMs += 30 * 24 * hourMs;
    expect(await call(order)).toEqual(granted);
    expect(stream.records[1]).toEqual(stream.records[0]);
  });

  test('repairs an event that was lost, when the shop asks again', async () => {
    const { call, stream } = world(undefined, new FakeStream(new Trouble([[1, 'before']])));
    await expect(call(order)).rejects.toThrow('trouble');
    expect(await call(order)).toEqual(granted);
    expect(stream.records).toHaveLength(1);
  });

  test.each<[string, number, object, number]>([
    ['an unknown code', 404, { code: 'ZZZZZ-99999' }, 0],
    ['another person', 409, { userId: 'ben' }, 0],
    ['other products', 409, { productIds: ['b2'] }, 0],
    ['an expired coupon', 410, {}, 47],
  ])('[L7] refuses %s with %i and redeems nothing', async (_what, status, change, hoursLater) => {
    const { call, clock, coupons, stream } = world();
    clock.nowMs += hoursLater * hourMs;
    expect(await call({ ...order, ...change })).toEqual({ status, body: { error: expect.any(String) } });
    expect((await coupons.get(order.code))?.redeemedAtMs).toBeUndefined();
    expect(stream.records).toEqual([]);
  });

  test('[L7] needs a server key', async () => {
    const { call, coupons, stream } = world();
    for (const authorizer of [{ keyId: 'k1', source: 'web' }, {}, { source: 'server' }]) expect((await call(order, authorizer)).status).toBe(403);
    expect([(await coupons.get(order.code))?.redeemedAtMs, stream.records]).toEqual([undefined, []]);
  });

  test('refuses a second order', async () => {
    const { call, stream } = world();
    await call(order);
    expect(await call({ ...order, orderId: 'o2' })).toEqual({ status: 409, body: { error: 'this coupon is already redeemed' } });
    expect(stream.records).toHaveLength(1);
  });

  test('lets a visitor redeem who has become known since', async () => {
    const { call, profiles } = world(new MemoryCoupons([{ ...anasCoupon, userKey: 'a#device1' }]));
    expect((await call(order)).status).toBe(409);
    await profiles.point('a#device1', 'u#ana');
    expect((await call({ ...order, userId: 'ben' })).status).toBe(409);
    expect(await call(order)).toEqual(granted);
  });

  test.each([[{ keyId: 'k2', source: 'web' }], [{}], [undefined]])('refuses whoever has no server key: %j', async (authorizer) => {
    const { call, coupons } = world();
    expect(await call(order, authorizer ?? {})).toEqual({ status: 403, body: { error: expect.stringContaining('server key') } });
    expect((await coupons.get(order.code))?.redeemedAtMs).toBeUndefined();
  });

  test.each([
    ['no JSON', '{"code":', /not JSON/],
    ['nothing', '', /not JSON/],
    ['no object', [], /object/],
    ['a missing order', { code: 'A' }, /orderId/],
    ['a misspelt field', { ...order, userID: 'ana' }, /userID/],
    ['a wrong product', { ...order, productIds: [7] }, /productIds\.0/],
  ])('says what is wrong with %s', async (_what, body, reason) => {
    expect(await world().call(body)).toEqual({ status: 400, body: { error: expect.stringMatching(reason) } });
  });

  test('logs neither code nor person', async () => {
    const { call, lines } = world();
    await call(order);
    await call({ ...order, orderId: 'o2' });
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toMatch(/abcde|ana|o1|o2/i);
  });
});

test('a thousand orders at once redeem a coupon once', async () => {
  const dynamo = await startDynamo();
  try {
    const coupons = createCouponStore(dynamo.documents, 'control');
    await coupons.create(anasCoupon);
    const { call, stream } = world(coupons);
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, index) => call({ ...order, orderId: `o${index}` })));
    const winners = answers.flatMap(({ status }, index) => (status === 200 ? [`o${index}`] : []));
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(999);
    expect((await coupons.get(anasCoupon.code))?.orderId).toBe(winners[0]);
    expect(stream.records.map(({ envelope }) => envelope.event.properties)).toMatchObject([{ order_id: winners[0] }]);
  } finally {
    await dynamo.stop();
  }
}, 90_000);
