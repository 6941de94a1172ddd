import { emptyContent } from '../lambdas/domain/profile/content.ts';
import { fold, type SequencedEvent } from '../lambdas/domain/fold/fold.ts';
import { compilePlan } from '../lambdas/domain/plan/plan.ts';
import { emptyProfile } from '../lambdas/domain/profile/profile.ts';
import { initialThresholds } from '../lambdas/domain/rules/thresholds.ts';
import config from '../examples/bookstore/segue.config.ts';
import { nanosecondsPerCall, seeded, thorough } from './measure.ts';
import { eventOf, nowMs } from './rules-world.ts';

export interface FoldResult {
  eventsPerBatch: number;
  eventsPerSecond: number;
}

const names = ['page_viewed', 'page_viewed', 'product_viewed', 'product_viewed', 'add_to_cart', 'email_opened', 'search', 'purchase'];

/** Events per second that one core folds into profiles with a past, parsing and storage left out. */
export function benchFold(eventsPerBatch: number, people = 200, effort = thorough): FoldResult {
  const plan = compilePlan(config);
  const random = seeded(eventsPerBatch);
  const events = (userKey: string, count: number, first: number): SequencedEvent[] =>
    Array.from({ length: count }, (_, index) => ({
      sequenceNumber: String(first + index),
      event: eventOf(userKey, names[Math.floor(random() * names.length)] as string, nowMs - Math.floor(random() * 86_400_000), `${first + index}`.padStart(8, '0')),
    }));
  const moment = { nowMs, thresholds: initialThresholds(config), thresholdsVersion: 0 };
  const content = emptyContent();
  const cases = Array.from({ length: people }, (_, person) => {
    const userKey = `u#${person}`;
    const { profile } = fold(plan, emptyProfile(userKey), content, events(userKey, 80, 1), moment);
    return { profile: { ...profile, outbox: [] }, batch: events(userKey, eventsPerBatch, 1000) };
  });
  const perEvent = nanosecondsPerCall(() => cases.forEach(({ profile, batch }) => fold(plan, profile, content, batch, moment)), people * eventsPerBatch, effort);
  return { eventsPerBatch, eventsPerSecond: Math.round(1e9 / perEvent) };
}

if (import.meta.main) for (const perBatch of [1, 10, 50]) console.log(JSON.stringify(benchFold(perBatch)));
