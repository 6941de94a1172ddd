import { beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../../lambdas/build-report/collect.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import type { Sums } from '../../lambdas/domain/report-numbers/numbers.ts';
import { periodOf } from '../../lambdas/domain/period.ts';
import type { ReportData } from '../../lambdas/schemas/report.ts';
import { momentAt } from '../support/events.ts';
import { Recount } from '../support/recount.ts';
import * as mails from '../support/recount-emails.ts';
import * as people from '../support/recount-people.ts';
import { live, madeAtMs, shop, shopLog } from '../support/shop-months.ts';
import { februaryMadeAtMs, shopReport } from '../support/shop-report.ts';

const plan = compilePlan(shop);
const seeds = [1, 2, 3];

/** The whole month of February, March so far in its midst, and all of it. */
const reports = [
  { month: '2026-02', atMs: februaryMadeAtMs, enter: 7, thresholds: { before: 7, now: 6 } },
  { month: '2026-03', atMs: Date.parse('2026-03-15T12:00:00Z'), enter: 6, thresholds: { before: 7, now: 6 } },
  { month: '2026-03', atMs: madeAtMs, enter: 6, thresholds: { before: 6, now: 9 } },
];

describe.each(seeds)('the shop %i', (seed) => {
  const log = shopLog(seed);
  const february = new Recount(log, '2026-02', februaryMadeAtMs);
  let before: ReportData | undefined;

  describe.each(reports)('$month, and the same counted again from the raw log', ({ month, atMs, enter, thresholds }) => {
    const recount = new Recount(log, month, atMs);
    const isWhole = atMs >= recount.untilMs;
    let data: ReportData;
    beforeAll(async () => {
      data = await shopReport(log, month, atMs, before);
      before ??= data;
    });

    test('emails, what became of them, and what was not sent', () => {
      const rows = mails.emailRows(recount);
      expect(data.campaigns).toEqual([{ campaign: 'nudge', title: 'Nudge', workflows: { entered: 0, completed: 0, stopped: 0, failed: 0, 'timed-out': 0 }, emails: rows, skipped: mails.skipped(recount) }]);
    });

    test('days', () => {
      expect(data.days).toEqual(mails.days(recount));
    });

    test('conversions', () => {
      expect(data.conversions).toEqual(people.conversions(recount));
      expect(data.currency).toBe('EUR');
      expect(data.quality).toEqual({ lateConversions: people.lateConversions(recount), deadLetters: { unreadable: 4, failed: 1 } });
    });

    test('segments at the start and the end, who went where, and rules that hold together', () => {
      expect(data.segments).toMatchObject(people.segments(recount));
      expect(data.matrix).toEqual(people.matrix(recount));
      expect(data.overlaps).toEqual(people.overlaps(recount));
      expect(data.lostSegments).toEqual(['browsers']);
    });

    test('scores, and the thresholds of the config or of the versions in force', () => {
      expect(data.scores).toEqual([{ score: 'engagement', bins: people.scoreBins(recount), thresholds: [{ threshold: 'keen', ...thresholds }] }]);
      expect(data.calibration?.version).toBe(thresholds.now === 6 ? 1 : 2);
    });

    test('cohorts, with what the report of the month before has of them', () => {
      const rows = [...(month === '2026-02' ? [] : people.cohorts(february, '2026-02').filter(({ cohort }) => cohort >= '2025-04')), ...people.cohorts(recount, month)];
      // The sketch is off by up to half a percent.
      const near = (value: number) => (value === 0 ? 0 : expect.closeTo(value, -Math.log10(2 * 0.006 * value)));
      const expected = rows
        .sort((a, b) => a.cohort.localeCompare(b.cohort) || a.month.localeCompare(b.month))
        .map((row) => ({ ...row, mean: expect.closeTo(row.mean, 6), lowest10: near(row.lowest10), median: near(row.median), highest10: near(row.highest10) }));
      expect(data.cohorts).toEqual([{ score: 'engagement', rows: expected }]);
    });

    test('buyers', () => {
      const expected = people.buyers(recount);
      expect(data.rfm.filter((row) => row.people > 0).map(({ name }) => name).sort()).toEqual([...expected.keys()].sort());
      for (const { name, ...row } of data.rfm.filter((one) => one.people > 0)) {
        const { recencyDays, frequency, monetary, ...counts } = expected.get(name)!;
        expect(row).toEqual({ ...counts, recencyDays: expect.closeTo(recencyDays, 6), frequency: expect.closeTo(frequency, 6), monetary: expect.closeTo(monetary, 6) });
      }
    });

    test('what people did, against what the threshold in force said', () => {
      expect(data.confusion).toEqual({ outcomeAgainstRule: { classes: expect.any(Array), cells: people.outcomes(recount, enter) } });
    });

    test('survey answers', () => {
      const bySegment = people.answers(recount).map((row) => (row.segment === 'buyers' ? { ...row, assumption: { words: 'Buyers want to hear more.', confirmedBy: ['yes'], refutedBy: ['no'] } } : row));
      expect(data.surveys).toEqual([{ survey: 'useful', question: 'Was this email of use to you?', answers: shop.surveys.useful!.answers, bySegment }]);
    });

    test('the arms of the experiment', () => {
      const arms = mails.arms(recount);
      const [experiment, ...others] = data.experiments;
      expect(others).toEqual([]);
      expect(experiment).toMatchObject({ campaign: 'nudge', control: 'holdout', arms, sampleRatioP: expect.closeTo(mails.sampleRatioP(recount), 9) });
      expect(experiment?.arms.map(({ planned }) => planned)).toEqual([0.4, 0.4, 0.2]);
      const tooFew = (arm: string) => Math.min(...arms.filter((one) => one.arm === arm || one.arm === 'holdout').map(({ converted }) => converted)) < 10;
      for (const { arm, kind } of experiment?.verdicts ?? []) expect([arm, kind === 'too-few']).toEqual([arm, tooFew(arm)]);
    });

    test('the month before, next to one that is over', () => {
      if (month === '2026-02' || !isWhole) return expect(data.previous).toBeUndefined();
      const rows = mails.emailRows(february) as { sent: number; revenue: number }[];
      const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
      expect(data.previous).toEqual({
        people: total(people.segments(february).map(({ atEnd }) => atEnd)),
        sent: total(rows.map(({ sent }) => sent)),
        conversions: february.monthPurchases.length,
        revenue: expect.closeTo(total(rows.map(({ revenue }) => revenue)), 6),
      });
    });

    test('and nothing else is told that no test here has counted', () => {
      const counted = ['campaigns', 'days', 'conversions', 'currency', 'quality', 'segments', 'matrix', 'overlaps', 'lostSegments', 'scores', 'calibration', 'cohorts', 'rfm', 'confusion', 'surveys', 'experiments', 'previous'];
      const { brand, ...told } = data;
      expect(brand).toBe('Lantern Books');
      expect(Object.keys(told).filter((part) => !counted.includes(part)).sort()).toEqual(['generatedAtMs', 'locale', 'month']);
    });
  });

  test('sums do not depend on how many emails are held in memory', async () => {
    const { pipeline, sends } = await live(log);
    const frame = { plan, period: periodOf('2026-03'), moment: momentAt(madeAtMs, plan) };
    const collectWith = (more: { maxHeldEmails?: number }) => collect({ profiles: pipeline.store, sends, ...more }, frame);
    const [sliced, whole] = [await collectWith({ maxHeldEmails: 20 }), await collectWith({})];
    for (const name of ['emails', 'credits', 'arms'] as const) {
      const sorted = (sums: Sums) => [...sums[name]].map(([parts, amount]) => `${parts.join('/')} ${amount.toFixed(6)}`).sort();
      expect(sorted(sliced)).toEqual(sorted(whole));
    }
    await expect(collectWith({ maxHeldEmails: 0 })).rejects.toThrow('too many to hold');
  });
});
