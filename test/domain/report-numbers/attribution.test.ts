import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attribute, type EmailTimes } from '../../../lambdas/domain/report-numbers/attribution.ts';
import { configSchema } from '../../../lambdas/schemas/config.ts';
import bookstore from '../../../examples/bookstore/segue.config.ts';
import { dayMs, hourMs, startMs } from '../../support/events.ts';

const lastClick = { windowDays: 5, touch: 'clicked', credit: 'last' } as const;
const clicked = (sendId: string, day: number): EmailTimes => ({ sendId, sentAtMs: startMs + (day - 0.5) * dayMs, clickedAtMs: startMs + day * dayMs });
const winners = (credits: { email: EmailTimes; share: number }[]) => credits.map(({ email, share }) => [email.sendId, share]);

const time = fc.integer({ min: 0, max: 20 * 24 }).map((hours) => startMs + hours * hourMs);
const emails = fc
  .array(fc.record({ sentAtMs: time, openedAtMs: time, clickedAtMs: time }, { requiredKeys: [] }), { maxLength: 8 })
  .map((list) => list.map((times, index) => ({ sendId: `s${index}`, ...times })));
const rule = fc.record({
  windowDays: fc.integer({ min: 1, max: 10 }),
  touch: fc.constantFrom('clicked' as const, 'opened' as const, 'sent' as const),
  credit: fc.constantFrom('last' as const, 'first' as const, 'equal' as const),
});

describe('the credit for a conversion', () => {
  test('goes to the last click within five days, unless the config says otherwise', () => {
    expect(configSchema.parse(bookstore).attribution).toMatchObject(lastClick);
    const both = [clicked('old', 1), clicked('new', 3)];
    expect(winners(attribute(startMs + 4 * dayMs, both, lastClick))).toEqual([['new', 1]]);
    expect(winners(attribute(startMs + 4 * dayMs, both, { ...lastClick, credit: 'first' }))).toEqual([['old', 1]]);
    expect(winners(attribute(startMs + 4 * dayMs, both, { ...lastClick, credit: 'equal' }))).toEqual([
      ['old', 0.5],
      ['new', 0.5],
    ]);
  });

  test('is nobody’s before the touch and after the window, whose ends both count', () => {
    const one = [clicked('s', 1)];
    const at = (ms: number) => attribute(startMs + dayMs + ms, one, lastClick).length;
    expect([at(-1), at(0), at(5 * dayMs), at(5 * dayMs + 1)]).toEqual([0, 1, 1, 0]);
  });

  test('asks for the touch that the config names', () => {
    const email = { sendId: 's', sentAtMs: startMs, openedAtMs: startMs + dayMs };
    const credits = (touch: 'clicked' | 'opened' | 'sent', atMs: number) => attribute(atMs, [email], { ...lastClick, touch }).length;
    expect([credits('clicked', startMs + dayMs), credits('opened', startMs + dayMs), credits('opened', startMs), credits('sent', startMs)]).toEqual([0, 1, 0, 1]);
  });

  test('adds up to one or to nothing, and does not depend on the order of the emails', () => {
    fc.assert(
      fc.property(time, emails, rule, fc.array(fc.nat(), { minLength: 8, maxLength: 8 }), (atMs, list, given, dice) => {
        const credits = attribute(atMs, list, given);
        const sum = credits.reduce((total, { share }) => total + share, 0);
        expect(credits.length === 0 ? 0 : Math.abs(sum - 1)).toBeLessThan(1e-12);
        const shuffled = list.map((email, index) => ({ email, key: dice[index] ?? 0 })).sort((a, b) => a.key - b.key).map(({ email }) => email);
        expect(attribute(atMs, shuffled, given)).toEqual(credits);
      }),
    );
  });

  test('goes to nobody exactly when no touch lies in the window', () => {
    fc.assert(
      fc.property(time, emails, rule, (atMs, list, given) => {
        const inTime = list.filter((email) => {
          const touch = { clicked: email.clickedAtMs, opened: email.openedAtMs, sent: email.sentAtMs }[given.touch];
          return touch !== undefined && touch <= atMs && touch >= atMs - given.windowDays * dayMs;
        });
        expect(attribute(atMs, list, given).length).toBe(given.credit === 'equal' ? inTime.length : Math.min(1, inTime.length));
      }),
    );
  });
});
