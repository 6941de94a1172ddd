import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../../lambdas/adapters/profiles/codec.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import type { Source } from '../../../lambdas/schemas/event.ts';
import { mergeMessages, worthRemembering } from '../../../lambdas/domain/profile/messages.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { bookstorePlan as plan, dayMs, hourMs, momentAt, sequenced, startMs, track } from '../../support/events.ts';

const minuteMs = 60_000;

/** Events of one request; the time of receipt is that of the request, whatever the events say. */
const request = (ids: readonly string[], receivedAtMs: number, source: Source = 'server'): DomainEvent[] =>
  ids.map((messageId) => track('purchase', receivedAtMs, { total: 1 }, { messageId }, { receivedAtMs, source }));

/** A profile after some requests, each in batches of up to `size` and through the database's form. */
function after(requests: readonly (readonly DomainEvent[])[], size = 500): Profile {
  let profile = emptyProfile('u#ana');
  let sequence = 1;
  for (const events of requests) {
    for (let start = 0; start < events.length; ) {
      const some = events.slice(start, start + size);
      const folded = fold(plan, profile, undefined, sequenced(some, sequence), momentAt((some[0] as DomainEvent).receivedAtMs));
      sequence += folded.taken;
      start += folded.taken;
      profile = decodeProfile(structuredClone(encodeProfile({ ...folded.profile, outbox: [] })));
    }
  }
  return profile;
}

const purchases = ({ signals }: Profile): number => Math.max(0, ...Object.values(signals).map(({ count }) => count));
const revenue = ({ outcomes }: Profile): number => outcomes.reduce((sum, one) => sum + one.revenue, 0);
const ids = (count: number, prefix = 'm') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('a request that is sent again within an hour counts once', () => {
  test.each([65, 500])('with %i events of one person', (count) => {
    const profile = after([request(ids(count), startMs), request(ids(count), startMs + 59 * minuteMs)]);
    expect([purchases(profile), revenue(profile)]).toEqual([count, count]);
  });

  test('whole or in part, in any order, in any batches', () => {
    const repetition = fc.record({
      order: fc.shuffledSubarray(ids(500), { minLength: 1 }),
      afterMinutes: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(repetition, { minLength: 1, maxLength: 4 }), fc.constantFrom(7, 100, 500), (count, repetitions, size) => {
        const again = repetitions
          .sort((a, b) => a.afterMinutes - b.afterMinutes)
          .map(({ order, afterMinutes }) => request(order.filter((id) => Number(id.slice(1)) < count), startMs + afterMinutes * minuteMs));
        expect(purchases(after([request(ids(count), startMs), ...again], size))).toBe(count);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  test('although 500 others came in between', () => {
    expect(purchases(after([request(ids(500), startMs), request(ids(500, 'other'), startMs + minuteMs), request(ids(500), startMs + hourMs)]))).toBe(1000);
  });

  test('after days, when little came in between', () => {
    expect(purchases(after([request(ids(30), startMs), request(ids(2, 'other'), startMs + 8 * dayMs), request(ids(30), startMs + 9 * dayMs)]))).toBe(32);
  });
});

describe('a public key', () => {
  test('[H8] swallows no event of a server with its message id', () => {
    const profile = after([request(['order-1001'], startMs, 'web'), request(['order-1001'], startMs + minuteMs)]);
    expect(revenue(profile)).toBe(1);
  });

  test("[H8] swallows none of Segue's own events either, even if it guesses their ids", () => {
    for (const own of ['email', 'import'] as const) expect(revenue(after([request(['ses:1'], startMs, 'web'), request(['ses:1'], startMs + minuteMs, own)]))).toBe(1);
  });

  test('[H8] pushes nothing out of what the server has sent', () => {
    const profile = after([request(['order-1001'], startMs), request(ids(3000), startMs + minuteMs, 'web'), request(['order-1001'], startMs + 2 * minuteMs)]);
    expect(revenue(profile)).toBe(1);
  });
});

test('what is remembered has bounds, and fades to a few', () => {
  const busy = after([request(ids(2500), startMs), request(ids(2500, 'web'), startMs, 'web')]);
  expect([busy.messages.trusted.length, busy.messages.web.length]).toEqual([1000, 1000]);
  const later = after([request(ids(2500), startMs), request(['later'], startMs + 2 * hourMs)]);
  expect(later.messages.trusted).toHaveLength(32);
  // Four bytes, two for each of two minutes, and six for each message.
  expect(encodeProfile(later).mem).toHaveLength(4 + 2 * 2 + 32 * 6);
});

test('forgetting now and then gives the same as forgetting once', () => {
  const message = fc.record({ hash: fc.constantFrom(...ids(90).map((id) => id.padEnd(8, '0'))), minute: fc.integer({ min: 1000, max: 1400 }) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 80 }), fc.array(message, { maxLength: 80 }), (a, b) => {
      expect(worthRemembering([...worthRemembering(a), ...b])).toEqual(worthRemembering([...a, ...b]));
    }),
  );
  expect(mergeMessages({ web: [], trusted: [{ hash: 'a', minute: 1 }] }, { web: [], trusted: [{ hash: 'a', minute: 2 }] }).trusted).toHaveLength(1);
});
