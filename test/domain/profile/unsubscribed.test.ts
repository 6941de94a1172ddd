import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { viewOf } from '../../../lambdas/domain/profile/view.ts';
import { hasLeft, resubscribedEnvelope, unsubscribedEnvelope } from '../../../lambdas/domain/profile/unsubscribed.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { bookstorePlan, configWith, envelopeFrom, eventFrom, identify, momentAt, sequenced, startMs } from '../../support/events.ts';

const none = { unsubscribedAtMs: {}, resubscribedAtMs: {} };

test.each([
  ['nothing is known', none, false],
  ['they left', { ...none, unsubscribedAtMs: { offers: 5 } }, true],
  ['they came back later', { unsubscribedAtMs: { offers: 5 }, resubscribedAtMs: { offers: 6 } }, false],
  ['they left again', { unsubscribedAtMs: { offers: 7 }, resubscribedAtMs: { offers: 6 } }, true],
  ['both were at one instant', { unsubscribedAtMs: { offers: 5 }, resubscribedAtMs: { offers: 5 } }, true],
  ['they came back without having left', { ...none, resubscribedAtMs: { offers: 5 } }, false],
  ['they left another topic', { ...none, unsubscribedAtMs: { news: 5, '*': 5 } }, false],
])('when %s', (_case, decisions, left) => {
  expect(hasLeft(decisions, 'offers')).toBe(left);
});

test('the newest decision counts, whichever record knows it', () => {
  const [older, newer] = [{ ...none, unsubscribedAtMs: { offers: 5 } }, { ...none, resubscribedAtMs: { offers: 6 } }];
  expect([hasLeft([older, newer], 'offers'), hasLeft([newer, older], 'offers'), hasLeft([older, none], 'offers')]).toEqual([false, false, true]);
});

const eventOf = (topic: string, back: boolean, atMs: number) =>
  eventFrom(envelopeFrom(JSON.stringify((back ? resubscribedEnvelope : unsubscribedEnvelope)({ userKey: 'u#ana', topic }, atMs).envelope)), config);

test('events of leaving and coming back end the same in any order: as the newest says, and at a tie as left', () => {
  const decision = fc.record({ topic: fc.constantFrom('offers', 'news', '*'), back: fc.boolean(), minute: fc.nat({ max: 6 }) });
  fc.assert(
    fc.property(fc.array(decision, { minLength: 1, maxLength: 12 }), (decisions) => {
      const events = decisions.map(({ topic, back, minute }) => eventOf(topic, back, startMs + minute));
      const { profile } = fold(bookstorePlan, emptyProfile('u#ana'), undefined, sequenced(events), momentAt(startMs + 10));
      for (const topic of ['offers', 'news', '*']) {
        const own = decisions.filter((one) => one.topic === topic);
        const last = Math.max(...own.map(({ minute }) => minute));
        const expected = own.some(({ back, minute }) => minute === last && !back);
        expect(hasLeft(profile, topic)).toBe(expected);
      }
    }),
  );
});

describe('who has left everything and comes back', () => {
  const plan = compilePlan(configWith({ segments: [{ name: 'readers', title: '', when: { subscribed: true } }] }));
  const consent = identify(startMs, { marketing_consent: true });

  test('can be mailed again, and is back in the segments that ask for it', () => {
    let profile = emptyProfile('u#ana');
    const seen = [consent, eventOf('*', false, startMs + 1), eventOf('*', true, startMs + 2)].map((event, index) => {
      ({ profile } = fold(plan, profile, undefined, sequenced([event], index + 1), momentAt(startMs + 10, plan)));
      return [viewOf(plan, profile).mailable, profile.segment?.name];
    });
    expect(seen).toEqual([
      [true, 'readers'],
      [false, 'everyone_else'],
      [true, 'readers'],
    ]);
  });

  test('takes it along into the profile that they become part of', () => {
    const anonymous = fold(plan, emptyProfile('a#d1'), undefined, sequenced([eventOf('*', true, startMs + 2)]), momentAt(startMs + 10, plan)).profile;
    const known = fold(plan, emptyProfile('u#ana'), undefined, sequenced([consent, eventOf('*', false, startMs + 1)]), momentAt(startMs + 10, plan)).profile;
    expect([hasLeft(known, '*'), hasLeft(mergeProfiles(plan, known, anonymous), '*')]).toEqual([true, false]);
  });
});

test.each(['web', 'server', 'import'] as const)('coming back is not taken from a %s event: only a signed link shows who asks', (source) => {
  const { envelope } = resubscribedEnvelope({ userKey: 'u#ana', topic: 'offers' }, startMs);
  expect(() => eventFrom({ ...envelope, source }, config)).toThrow(source === 'web' ? 'reserved' : 'comes from the preference page alone');
});
