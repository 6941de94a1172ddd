import { describe, expect, test } from 'vitest';
import { trainOn } from '../../../lambdas/domain/classifier/cohort.ts';
import type { Sample } from '../../../lambdas/domain/classifier/samples.ts';
import type { TrainingRecord } from '../../../lambdas/domain/classifier/training.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { accuracyNumbers } from '../../../lambdas/domain/report-numbers/accuracy.ts';
import { addDecider, classifierNumbers } from '../../../lambdas/domain/report-numbers/classifier.ts';
import { Tally } from '../../../lambdas/domain/report-numbers/tally.ts';
import { renderReport } from '../../../lambdas/domain/report/render.ts';
import { agreement, confusionMatrix } from '../../../lambdas/domain/statistics/confusion.ts';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';
import { configWith } from '../../support/events.ts';
import { empty } from '../report/sample.ts';

const novemberMs = Date.UTC(2026, 10, 1);
const configOf = (mode: 'off' | 'watch' | 'when-better') =>
  configWith({ thresholds: { engaged: { score: 'engagement', enter: 50, exit: 40, calibrate: { targetShare: 0.1, minSample: 200, maxStep: 0.2 } } }, classifier: { mode, threshold: 'engaged' } });
const config = configOf('when-better');

/** A training on people of whom a second feature tells much more than the rule's. */
function trainingOn(people: number): TrainingRecord {
  const random = seeded(5);
  const samples = Array.from({ length: people }, (_, index): Sample => {
    const [score, visits] = [random(), random()];
    return { userKey: `u#${index}`, features: { score, visits }, ruleAbove: score > 0.5, converted: random() < 0.05 + 0.7 * visits ** 2 };
  });
  return trainOn(compilePlan(config), 'engaged', samples, novemberMs, { month: '2026-12', atMs: Date.UTC(2026, 11, 1, 3) });
}

const training = trainingOn(4000);
const none = new Tally();

describe('the classifier in the report', () => {
  test('is what its training came to, with who decided on the segments of now', () => {
    const deciders = new Tally();
    const segments = [{ name: 'fans', sinceMs: 1, byModel: 0.4 }, { name: 'fans', sinceMs: 1 }, { name: config.fallback.name, sinceMs: 1 }, { name: config.fallback.name, sinceMs: 1, byModel: 0.1 }, undefined];
    for (const segment of segments) addDecider(deciders, config, { ...emptyProfile('u#ana'), ...(segment && { segment }) });
    const numbers = classifierNumbers(config, training, deciders);
    expect(numbers).toMatchObject({ month: '2026-11', threshold: 'engaged', inUse: true, people: 4000, basis: 'everybody', decidedBy: { rule: 1, model: 2, fallback: 1 } });
    expect(numbers?.words).toMatch(/^It is right more often than the rule on people whom it had not seen \(McNemar, p = below 0\.001\)/);
    expect(numbers?.converted).toBe(training.converted);
  });

  test('is compared with the rule on the same people, whom it had not seen', () => {
    const { confusion } = accuracyNumbers(none, training);
    expect(confusion).not.toHaveProperty('outcomeAgainstRule');
    const people = classifierNumbers(config, training, none)?.test?.people;
    const shareRight = (of: 'ambiguousAgainstRule' | 'outcomeAgainstModel') => agreement(confusionMatrix(['above', 'below'], confusion?.[of]?.cells ?? [])) ?? 0;
    for (const of of ['ambiguousAgainstRule', 'outcomeAgainstModel', 'ruleAgainstModel'] as const) expect(confusion?.[of]?.cells.reduce((sum, cell) => sum + cell.people, 0)).toBe(people);
    expect(shareRight('outcomeAgainstModel')).toBeGreaterThan(shareRight('ambiguousAgainstRule'));
  });

  test('says that it is only watched, that nothing could be learnt, and that nothing was trained', async () => {
    const page = async (mode: 'watch' | 'off', record: TrainingRecord | undefined) => {
      const classifier = classifierNumbers(configOf(mode), record, none);
      return renderReport({ ...empty, ...accuracyNumbers(none, record), ...(classifier && { classifier }) });
    };
    expect(await page('watch', training)).toContain('<strong>Not in use.</strong> It is right more often');
    expect(await page('watch', training)).toContain('The config only watches it: rules decide alone.');
    const few = await page('watch', trainingOn(40));
    expect(few).toContain('Nothing could be learnt: too few people are ambiguous.');
    expect(few).toContain('40 people of November 2026');
    expect(await page('off', training)).toContain('No classifier was trained.');
  });
});
