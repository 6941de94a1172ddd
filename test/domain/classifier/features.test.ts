import { describe, expect, test } from 'vitest';
import { eventsKnown, featuresOf } from '../../../lambdas/domain/classifier/features.ts';
import { emptyContent } from '../../../lambdas/domain/profile/content.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { compilePlan, type Plan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { signalId } from '../../../lambdas/domain/rules/signals.ts';
import { configWith, dayMs, hourMs, momentAt, sequenced, startMs, track } from '../../support/events.ts';

const where = [{ property: 'category', eq: 'poetry' }];
const plan = compilePlan(
  configWith({
    segments: [
      { name: 'regulars', title: '', when: { sessions: true, atLeast: 2, withinDays: 20 } },
      { name: 'poets', title: '', when: { did: 'product_viewed', where, withinDays: 30 } },
      { name: 'buyers', title: '', when: { all: [{ did: 'purchase', withinDays: 30 }, { did: 'product_viewed' }] } },
    ],
  }),
);
const withoutWildcard = compilePlan(configWith({ segments: [{ name: 'poets', title: '', when: { any: [{ did: 'product_viewed', where }, { did: 'product_viewed' }, { did: 'purchase' }] } }] }));

const after = (under: Plan, ...happened: [event: string, atMs: number, properties?: Record<string, unknown>][]): Profile => {
  const events = happened.map(([event, atMs, properties]) => track(event, atMs, properties));
  return fold(under, emptyProfile('u#ana'), emptyContent(), sequenced(events), momentAt(startMs + 10 * dayMs, under)).profile;
};

describe('features', () => {
  const poems = `product_viewed#${signalId('product_viewed', where)}`;
  const sessions = `*#${signalId('*', undefined, 'sessions')}`;

  test('say of nobody that everything is long ago', () => {
    const year = Math.log(366);
    expect(featuresOf(plan, emptyProfile('u#ana'), startMs)).toEqual({
      'score:engagement': 0,
      [`count:${poems}`]: 0,
      [`recency:${poems}`]: year,
      'count:product_viewed': 0,
      'recency:product_viewed': year,
      'count:purchase': 0,
      'recency:purchase': year,
      [`count:${sessions}`]: 0,
      [`recency:${sessions}`]: year,
      [`sessions:${sessions}`]: 0,
      [`minutes:${sessions}`]: 0,
      tenure: 0,
    });
  });

  test('are logarithms of what happened until then', () => {
    const profile = after(plan, ['product_viewed', startMs, { category: 'poetry' }], ['product_viewed', startMs + hourMs / 4], ['purchase', startMs + 2 * dayMs]);
    const features = featuresOf(plan, profile, startMs + 5 * dayMs);
    expect(features).toMatchObject({
      'count:product_viewed': Math.log(3),
      'recency:product_viewed': expect.closeTo(Math.log(1 + 5 - 1 / 96), 12),
      [`count:${poems}`]: Math.log(2),
      [`recency:${poems}`]: Math.log(6),
      'count:purchase': Math.log(2),
      'recency:purchase': Math.log(4),
      [`count:${sessions}`]: Math.log(4),
      [`sessions:${sessions}`]: Math.log(3),
      // One of 15 minutes and one of none.
      [`minutes:${sessions}`]: Math.log(1 + 7.5),
      tenure: Math.log(6),
    });
    // Points 2, 2 and 10 with a half-life of 30 days.
    const score = 2 * 2 ** (-5 / 30) + 2 * 2 ** (-(5 - 1 / 96) / 30) + 10 * 2 ** (-3 / 30);
    expect(features['score:engagement']).toBeCloseTo(Math.log1p(score), 10);
  });

  test('have the same names whatever happened, are never below 0 nor beyond a year', () => {
    const profile = after(plan, ['product_viewed', startMs, { category: 'poetry' }], ['purchase', startMs]);
    expect(Object.keys(featuresOf(plan, profile, startMs))).toEqual(Object.keys(featuresOf(plan, emptyProfile('u#ben'), startMs)));
    for (const atMs of [startMs - 9 * dayMs, startMs + 900 * dayMs]) {
      for (const [name, value] of Object.entries(featuresOf(plan, profile, atMs))) {
        expect(value, name).toBeGreaterThanOrEqual(0);
        expect(value, name).toBeLessThanOrEqual(Math.log(366));
      }
    }
  });
});

describe('how many events are known', () => {
  test('counts all activity where rules look at it', () => {
    const counting = compilePlan(configWith({ segments: [{ name: 'quiet', title: '', when: { all: [{ did: '*' }, { not: { did: 'purchase' } }] } }] }));
    expect(eventsKnown(counting, after(counting, ['page_viewed', startMs], ['purchase', startMs], ['purchase', startMs + 1]).signals)).toBe(3);
  });

  test('else the events that rules tell apart, each once', () => {
    const profile = after(withoutWildcard, ['product_viewed', startMs, { category: 'poetry' }], ['product_viewed', startMs], ['purchase', startMs], ['page_viewed', startMs]);
    expect(eventsKnown(withoutWildcard, profile.signals)).toBe(3);
    expect(eventsKnown(withoutWildcard, {})).toBe(0);
  });
});
