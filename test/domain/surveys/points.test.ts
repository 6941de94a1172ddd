import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { scoreAt } from '../../../lambdas/domain/rules/score.ts';
import { answeredEnvelope, recordOf, type SurveyRecord } from '../../../lambdas/domain/surveys/survey.ts';
import { answerPoints } from '../../../lambdas/domain/surveys/points.ts';
import { configWith, dayMs, envelopeFrom, eventFrom, momentAt, sequenced, startMs, track } from '../../support/events.ts';

const config = configWith({
  scores: { engagement: { halfLifeDays: 30, points: { survey_answered: 2, page_viewed: 1 } }, trust: { halfLifeDays: 10, points: {} } },
  segments: [{ name: 'trusting', title: '', when: { score: 'trust', atLeast: 5 } }],
  thresholds: {},
  surveys: { useful: { question: 'Of use?', answers: [{ value: 'yes', label: 'Yes', points: { trust: 8 } }, { value: 'partly', label: 'Partly' }, { value: 'no', label: 'No', points: { trust: -4, engagement: 1 } }] } },
});
const plan = compilePlan(config);
const claim = { userKey: 'u#ana', campaign: 'cross_sell', step: 'ideas', question: 'useful' };

/** The events of answers that were given one after the other by one link. */
function eventsOf(answers: readonly { answer: string; comment?: string; atMs: number }[]): DomainEvent[] {
  let before: SurveyRecord | undefined;
  return answers.flatMap(({ atMs, ...given }) => {
    const record = recordOf(claim, given, before, atMs, undefined);
    if (record === undefined || record === before) return [];
    before = record;
    return [eventFrom(envelopeFrom(JSON.stringify(answeredEnvelope(record).envelope)), config)];
  });
}

const endMs = startMs + 60 * dayMs;
const scoresOf = (events: readonly DomainEvent[]) => {
  const { profile } = fold(plan, emptyProfile('u#ana'), undefined, sequenced(events), momentAt(endMs, plan));
  return { trust: scoreAt(profile.scores.trust, endMs, 10 * dayMs), engagement: scoreAt(profile.scores.engagement, endMs, 30 * dayMs) };
};

describe('points for an answer', () => {
  test('are those of the config, for that score', () => {
    const [yes] = eventsOf([{ answer: 'yes', atMs: startMs }]);
    expect(answerPoints(config, yes!)).toEqual([{ score: 'trust', points: 8, atMs: startMs }]);
    expect(answerPoints(config, track('survey_answered', startMs, { survey: 'gone', answer: 'yes' }))).toEqual([]);
    expect(answerPoints(config, track('page_viewed', startMs, { survey: 'useful', answer: 'yes' }))).toEqual([]);
  });

  test('decide on a segment, at once', () => {
    const { profile } = fold(plan, emptyProfile('u#ana'), undefined, sequenced([track('page_viewed', startMs)]), momentAt(startMs, plan));
    expect(profile.segment?.name).toBe(config.fallback.name);
    const after = fold(plan, profile, undefined, sequenced(eventsOf([{ answer: 'yes', atMs: startMs + 1 }]), 2), momentAt(startMs + 1, plan));
    expect(after.profile.segment?.name).toBe('trusting');
  });

  test('are in the end those of the last answer, however often somebody changed their mind and in whatever order that is heard', () => {
    const answer = fc.record({ answer: fc.constantFrom('yes', 'partly', 'no'), comment: fc.constantFrom('a', 'b'), afterMs: fc.integer({ min: 1, max: 5 * dayMs }) });
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (steps, order) => {
        let atMs = startMs;
        const events = eventsOf(steps.map(({ afterMs, ...given }) => ({ ...given, atMs: (atMs += afterMs) })));
        const last = events.at(-1)!;
        const shuffled = events.map((event) => ({ event, key: order.next().value as number })).sort((a, b) => a.key - b.key).map(({ event }) => event);
        const { trust, engagement } = scoresOf(shuffled);
        const left = (halfLifeDays: number, thenMs: number) => 2 ** (-(endMs - thenMs) / (halfLifeDays * dayMs));
        const points = { yes: { trust: 8, engagement: 0 }, partly: { trust: 0, engagement: 0 }, no: { trust: -4, engagement: 1 } }[String(last.properties.answer) as 'yes'];
        // Each time that somebody answers is a sign of life; what they say counts once.
        const forAnswering = events.reduce((sum, event) => sum + 2 * left(30, event.atMs), 0);
        expect(trust).toBeCloseTo(points.trust * left(10, last.atMs), 9);
        expect(engagement).toBeCloseTo(points.engagement * left(30, last.atMs) + forAnswering, 9);
      }),
      { numRuns: 200 },
    );
  });

  test('are not given back for a time that cannot be', () => {
    const forged = track('survey_answered', startMs, { survey: 'useful', answer: 'yes', previous_answer: 'no', previous_at_ms: startMs + dayMs });
    expect(answerPoints(config, forged)).toEqual([{ score: 'trust', points: 8, atMs: startMs }]);
    expect(answerPoints(config, { ...forged, properties: { ...forged.properties, previous_at_ms: 'yesterday' } })).toHaveLength(1);
  });

  test('belong to the rules: other points are other rules', () => {
    const cheaper = { ...config, surveys: { useful: { ...config.surveys.useful!, answers: config.surveys.useful!.answers.map(({ points: _points, ...rest }) => rest) } } };
    expect(compilePlan(cheaper).rulesVersion).not.toBe(plan.rulesVersion);
  });
});
