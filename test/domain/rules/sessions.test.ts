import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyContent } from '../../../lambdas/domain/profile/content.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { mergeSessions, sessionGapMs, type Session } from '../../../lambdas/domain/rules/sessions.ts';
import { settle } from '../../../lambdas/domain/fold/settle.ts';
import { configWith, dayMs, momentAt, sequenced, startMs, track } from '../../support/events.ts';

const minuteMs = 60_000;
const sessionsOf = (times: number[]): Session[] => times.reduce<Session[]>((sessions, atMs) => mergeSessions(sessions, [[atMs, atMs]]), []);

describe('sessions', () => {
  test('end with a pause of more than 30 minutes', () => {
    expect(sessionsOf([0, 10 * minuteMs, 40 * minuteMs, 70 * minuteMs + 1])).toEqual([
      [70 * minuteMs + 1, 70 * minuteMs + 1],
      [0, 40 * minuteMs],
    ]);
  });

  test('are joined by an event that arrives late', () => {
    expect(sessionsOf([0, 50 * minuteMs, 25 * minuteMs])).toEqual([[0, 50 * minuteMs]]);
  });

  test('are the same in any order, as one finds them by sorting all events', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 8 * 60 }), { minLength: 1, maxLength: 40 }), (minutes) => {
        const times = minutes.map((minute) => minute * minuteMs);
        const sorted = [...times].sort((a, b) => a - b);
        const starts = sorted.filter((atMs, index) => index === 0 || atMs - (sorted[index - 1] as number) > sessionGapMs);
        expect(sessionsOf(times).map(([startMs]) => startMs).reverse()).toEqual(starts);
        expect(sessionsOf([...times].reverse())).toEqual(sessionsOf(times));
        const half = Math.floor(times.length / 2);
        expect(mergeSessions(sessionsOf(times.slice(half)), sessionsOf(times.slice(0, half)))).toEqual(sessionsOf(times));
      }),
    );
  });

  test('of a length that a rule asks for are not pushed out by short ones', () => {
    const plan = compilePlan(configWith({ segments: [{ name: 'readers', title: '', when: { sessions: true, atLeast: 3, withinDays: 60, lastingMinutes: 10 } }] }));
    const visit = (day: number, minutes: number) => [0, ...(minutes > 0 ? [minutes] : [])].map((after) => track('page_viewed', startMs + day * dayMs + after * minuteMs));
    const history = [...[0, 1, 2].flatMap((day) => visit(day, 15)), ...Array.from({ length: 40 }, (_, index) => visit(3 + index, 0)).flat()];
    const profile = fold(plan, emptyProfile('u#ana'), emptyContent(), sequenced(history), momentAt(startMs + 50 * dayMs, plan)).profile;
    expect(profile.segment?.name).toBe('readers');
    expect(Object.values(profile.signals).flatMap(({ sessions }) => sessions ?? [])).toHaveLength(23);
  });

  test('make a segment, and leave it with time', () => {
    const plan = compilePlan(configWith({ segments: [{ name: 'regulars', title: '', when: { sessions: true, atLeast: 2, withinDays: 7, lastingMinutes: 10 } }] }));
    const visit = (day: number, minutes: number) => [track('page_viewed', startMs + day * dayMs), track('page_viewed', startMs + day * dayMs + minutes * minuteMs)];
    const after = (events: ReturnType<typeof visit>, day: number) => fold(plan, emptyProfile('u#ana'), emptyContent(), sequenced(events), momentAt(startMs + day * dayMs, plan)).profile;
    expect(after([...visit(0, 15), ...visit(2, 9)], 3).segment?.name).toBe('everyone_else');
    const regular = after([...visit(0, 15), ...visit(2, 20)], 3);
    expect(regular.segment?.name).toBe('regulars');
    expect(regular.dueAtMs).toBe(startMs + 15 * minuteMs + 7 * dayMs);
    expect(settle(plan, regular, momentAt(regular.dueAtMs ?? 0, plan)).segment?.name).toBe('everyone_else');
  });
});
