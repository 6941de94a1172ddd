import { describe, expect, it } from 'vitest';
import { createModelCheck } from '../../../local/api-gateway/models.ts';
import { batchModel, callModel } from '../../../lambdas/schemas/event.ts';

const check = createModelCheck();
const track = callModel('track');

describe('a body that does not fit its model', () => {
  it.each([
    [{ userId: 'a' }, '[object has missing required properties (["event"])]'],
    [{ event: 'x' }, '[object has missing required properties (["anonymousId","userId"])]'],
    [{ userId: 'a', event: 7 }, '[/event: must be string]'],
    [{ userId: 7, event: 'x' }, '[/userId: must be string or must be null]'],
    [{ userId: 'a', event: 'x', timestamp: 'soon' }, /^\[\/timestamp: must match pattern/],
    [[], '[body: must be object]'],
  ])('%j', (body, expected) =>
    expect(check(track, body)).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected)),
  );

  it('names the place in a batch', () => {
    expect(
      check(batchModel(), {
        batch: [
          { type: 'track', userId: 'a' },
          { type: 'nope', userId: 'a' },
        ],
      }),
    ).toMatch(/^\[\/batch\/1\/type: /);
    expect(check(batchModel(), { batch: [{ userId: 'a' }] })).toBe('[/batch/0: object has missing required properties (["type"])]');
  });

  it('says nothing of a good one', () => expect(check(track, { userId: 'a', event: 'x', extra: 1 })).toBeUndefined());
});
