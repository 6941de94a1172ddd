import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyContent } from '../../../lambdas/domain/profile/content.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { settle } from '../../../lambdas/domain/fold/settle.ts';
import { configWith, dayMs, hourMs, identify, momentAt, sequenced, startMs, track } from '../../support/events.ts';

const plan = compilePlan(
  configWith({
    segments: [
      { name: 'vip', title: '', when: { all: [{ trait: 'plan', eq: 'gold' }, { score: 'engagement', atLeast: 20 }] } },
      { name: 'busy', title: '', when: { did: 'product_viewed', atLeast: 3, withinDays: 5 } },
      { name: 'buyers', title: '', when: { did: 'purchase', withinDays: 20 } },
      { name: 'engaged', title: '', when: { score: 'engagement', atLeast: 'engaged' } },
      { name: 'mailable', title: '', when: { all: [{ subscribed: true }, { not: { segment: 'busy' } }, { email: 'opened', withinDays: 10 }] } },
      { name: 'quiet', title: '', when: { all: [{ did: '*' }, { not: { did: '*', withinDays: 15 } }] } },
      { name: 'lucky', title: '', when: { all: [{ random: 'salt', below: 0.5 }, { last: 'page_viewed', beforeDays: 3 }] } },
    ],
    thresholds: { engaged: { score: 'engagement', enter: 25, exit: 18 } },
  }),
);

const steps = fc.array(
  fc.record({
    hours: fc.integer({ min: 0, max: 240 }),
    what: fc.constantFrom('product_viewed', 'purchase', 'page_viewed', 'email_opened', 'email_unsubscribed', 'email_resubscribed', 'gold', 'consent', 'refresh'),
  }),
  { minLength: 1, maxLength: 40 },
);

const make = (what: string, atMs: number) =>
  what === 'gold' || what === 'consent'
    ? identify(atMs, what === 'gold' ? { plan: 'gold' } : { marketing_consent: true })
    : track(what, atMs, what === 'email_resubscribed' ? { topic: '*' } : {}, {}, { source: what.startsWith('email') ? 'email' : 'server' });

test('looking only at what events touched finds the same segment as looking at everything', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom('u#1', 'u#2', 'u#3', 'u#4'), (list, userKey) => {
      let quick: Profile = emptyProfile(userKey);
      let full: Profile = quick;
      let nowMs = startMs;
      list.forEach(({ hours, what }, index) => {
        nowMs += hours * hourMs;
        if (what === 'refresh') {
          quick = settle(plan, quick, momentAt(nowMs, plan));
          full = settle(plan, full, momentAt(nowMs, plan));
        } else {
          const events = sequenced([make(what, nowMs)], index + 1);
          quick = fold(plan, quick, emptyContent(), events, momentAt(nowMs, plan)).profile;
          // Settling without saying what was touched looks at everything.
          full = settle(plan, fold(plan, full, emptyContent(), events, momentAt(nowMs, plan)).profile, momentAt(nowMs, plan));
        }
        expect(quick.segment?.name).toBe(full.segment?.name);
        // The index entry may come too early, never too late.
        expect(quick.dueAtMs ?? Infinity).toBeLessThanOrEqual(Math.max(full.dueAtMs ?? Infinity, nowMs));
      });
    }),
    { numRuns: 1000 },
  );
});

test('new rules and new thresholds look at everything again, whatever the event touches', () => {
  const withRules = (did: string) => compilePlan(configWith({ segments: [{ name: 'some', title: '', when: { did } }] }));
  const [before, after] = [withRules('purchase'), withRules('product_viewed')];
  const viewed = fold(before, emptyProfile('u#1'), emptyContent(), sequenced([track('product_viewed', startMs)]), momentAt(startMs, before)).profile;
  const next = { ...viewed, signals: { ...viewed.signals, ...fold(after, emptyProfile('u#1'), emptyContent(), sequenced([track('product_viewed', startMs)]), momentAt(startMs, after)).profile.signals } };
  expect(next.segment?.name).toBe('everyone_else');
  expect(fold(after, next, emptyContent(), sequenced([track('wishlist_saved', startMs)], 2), momentAt(startMs, after)).profile.segment?.name).toBe('some');
});

test('every change that time brings happens at the due time, not a refresh later', () => {
  fc.assert(
    fc.property(steps, (list) => {
      let profile: Profile = emptyProfile('u#1');
      let nowMs = startMs;
      list.forEach(({ hours, what }, index) => {
        if (what === 'refresh') return;
        nowMs += hours * hourMs;
        profile = fold(plan, profile, emptyContent(), sequenced([make(what, nowMs)], index + 1), momentAt(nowMs, plan)).profile;
      });
      fc.pre(profile.segment !== undefined);
      const endMs = nowMs + 40 * dayMs;
      for (let fired = 0; fired < 100; fired += 1) {
        const untilMs = Math.min(profile.dueAtMs ?? Infinity, endMs);
        expect(settle(plan, profile, momentAt(Math.max(nowMs, untilMs - 1), plan)).segment?.name).toBe(profile.segment?.name);
        if (untilMs === endMs) return;
        nowMs = Math.max(nowMs, untilMs);
        profile = settle(plan, profile, momentAt(nowMs, plan));
      }
      throw new Error('the due time does not move on');
    }),
    { numRuns: 300 },
  );
});
