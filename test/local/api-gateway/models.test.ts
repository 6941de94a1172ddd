import { describe, expect, it } from 'vitest';
import { createModelCheck } from '../../../local/api-gateway/models.ts';
import { batchModel, callModel } from '../../../lambdas/schemas/edge.ts';
import { redemptionModel } from '../../../lambdas/schemas/coupon.ts';

const check = createModelCheck();
const redemption = redemptionModel();

describe('a body that does not fit its model', () => {
  it.each([
    [{ code: 'A1' }, '[object has missing required properties (["orderId"])]'],
    [{}, '[object has missing required properties (["code","orderId"])]'],
    [{ code: 'A1', orderId: 7 }, '[/orderId: must be string]'],
    [[], '[body: must be object]'],
  ])('%j', (body, expected) => expect(check(redemption, body)).toEqual(expected));

  it('names the place in a batch', () => {
    expect(check(batchModel(), { batch: [{}, 'x'] })).toBe('[/batch/1: must be object]');
    expect(check(batchModel(), { batch: {} })).toBe('[/batch: must be array]');
    expect(check(batchModel(), {})).toBe('[object has missing required properties (["batch"])]');
  });

  it('says nothing of a good one', () => expect(check(redemption, { code: 'A1', orderId: 'o' })).toBeUndefined());
});

describe('the models of events ask for no more than the templates need', () => {
  it.each([{}, { userId: 7, properties: [], timestamp: null, event: { a: 1 } }])('a call: %j', (call) => {
    expect(check(callModel(), call)).toBeUndefined();
    expect(check(batchModel(), { batch: [call, {}], sentAt: 7 })).toBeUndefined();
  });

  it('a batch of none or of 501, which the template refuses', () => {
    for (const count of [0, 501]) expect(check(batchModel(), { batch: Array.from({ length: count }, () => ({})) })).toBeUndefined();
  });

  it('but for objects', () => {
    for (const body of [[], 'x', 7, null]) expect(check(callModel(), body)).toBe('[body: must be object]');
  });
});
