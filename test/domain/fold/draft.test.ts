import { expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../../lambdas/adapters/profiles/codec.ts';
import { emptyContent } from '../../../lambdas/domain/profile/content.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import { settle } from '../../../lambdas/domain/fold/settle.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { bookstorePlan as plan, hourMs, identify, momentAt, sequenced, startMs, track } from '../../support/events.ts';

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

const everything = () => [
  identify(startMs, { email: 'ana@reader.example', marketing_consent: true }, { anonymousId: 'phone' }),
  track('add_to_cart', startMs + hourMs, { product_id: 'emma' }),
  track('purchase', startMs + 2 * hourMs, { product_id: 'emma' }),
  track('email_unsubscribed', startMs + 3 * hourMs, { topic: 'offers' }, {}, { source: 'email' }),
];

test('the profile that comes in stays as it was', () => {
  const moment = momentAt(startMs + 4 * hourMs);
  const before = fold(plan, frozen(emptyProfile('u#ana')), emptyContent(), sequenced(everything()), moment).profile;
  const copy = structuredClone(before);
  const after = fold(plan, frozen(before), emptyContent(), sequenced(everything(), 10), moment).profile;
  expect(before).toEqual(copy);
  expect(after.scores.engagement?.value).toBeGreaterThan(before.scores.engagement?.value as number);
});

test('a profile keeps its fields and their order, whatever happens to it, so that V8 sees objects of one shape', () => {
  const moment = momentAt(startMs + 4 * hourMs);
  const empty = emptyProfile('u#ana');
  const folded = fold(plan, empty, emptyContent(), sequenced(everything()), moment).profile;
  const later = settle(plan, folded, momentAt(startMs + 90 * 24 * hourMs));
  const merged = mergeProfiles(plan, folded, fold(plan, emptyProfile('a#phone'), undefined, sequenced([track('product_viewed', startMs, { product_id: 'emma' }, { userId: undefined, anonymousId: 'phone' })]), moment).profile);
  for (const profile of [folded, later, merged, decodeProfile(encodeProfile(folded)), decodeProfile(encodeProfile(empty))]) expect(Object.keys(profile)).toEqual(Object.keys(empty));
});
