import { expect, test } from 'vitest';
import { commit } from '../../../lambdas/adapters/profiles/commit.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import type { RecordConversion } from '../../../lambdas/domain/profile/effects.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { bookstorePlan, dayMs, hourMs, identify, momentAt, sequenced, startMs, track } from '../../support/events.ts';
import { FakeWorkflows, MemoryProfiles, MemoryWaits } from '../../support/fakes.ts';

const conversions = (events: DomainEvent[]): RecordConversion[] =>
  fold(bookstorePlan, emptyProfile('u#ana'), undefined, sequenced(events), momentAt(startMs + 40 * dayMs)).profile.outbox.filter((effect) => effect.kind === 'conversion');

test('a purchase is recorded with its revenue, and with the score and segment before it', () => {
  const before = track('product_viewed', startMs, { product_id: 'b1' });
  const bought = track('purchase', startMs + 30 * dayMs, { total: '12.50', currency: 'EUR', order_id: 'o1' });
  expect(conversions([before, bought])).toEqual([
    {
      kind: 'conversion',
      id: bought.messageHash,
      event: 'purchase',
      atMs: bought.atMs,
      receivedAtMs: bought.receivedAtMs,
      source: 'server',
      revenue: 12.5,
      currency: 'EUR',
      orderId: 'o1',
      segment: null,
      // Two points for the view, which have lost half in one half-life; none of the ten for the purchase itself.
      scores: { engagement: 1 },
    },
  ]);
});

test('a purchase that a publishable key reports is not recorded, nor one that is resent, nor what is no purchase', () => {
  const bought = track('purchase', startMs, { total: 5 });
  const forged = track('purchase', startMs + hourMs, { total: 5 }, {}, { source: 'web' });
  expect(conversions([bought, bought, forged, track('product_viewed', startMs)]).map(({ id }) => id)).toEqual([bought.messageHash]);
});

test('a second purchase in the same batch stands on the score that the first one made', () => {
  const [, second] = conversions([track('purchase', startMs, {}), track('purchase', startMs + 30 * dayMs, {})]);
  expect(second?.scores).toEqual({ engagement: 5 });
  expect(second).not.toHaveProperty('revenue');
});

test('what a guest bought becomes the known person’s, also when the guest’s own record of it had not been written yet', async () => {
  const store = new MemoryProfiles();
  const deps = { plan: bookstorePlan, store, workflows: new FakeWorkflows(), waits: new MemoryWaits() };
  const guest = (name: string, atMs: number) => track(name, atMs, { total: 5 }, { userId: undefined, anonymousId: 'd1' });
  await commit(deps, 'a#d1', sequenced([guest('purchase', startMs)]), momentAt(startMs));
  // The function dies between the write of the profile and the record of the second purchase.
  const { profile } = fold(bookstorePlan, store.profile('a#d1'), undefined, sequenced([guest('purchase', startMs + hourMs)], 2), momentAt(startMs + hourMs));
  await store.saveProfile(profile);
  await commit(deps, 'u#ana', sequenced([identify(startMs + dayMs, {}, { anonymousId: 'd1' })], 3), momentAt(startMs + dayMs));
  const known = [...store.conversions.values()].filter(({ userKey }) => userKey === 'u#ana').map(({ conversion }) => conversion.atMs);
  expect(known).toEqual([startMs, startMs + hourMs]);
});
