import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countDeadLetters } from '../../lambdas/adapters/dead-letter-count.ts';
import type { Mail } from '../../lambdas/adapters/mail/mailer.ts';
import { createReportStore } from '../../lambdas/adapters/report-store.ts';
import { createHandler } from '../../lambdas/build-report/handler.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { renderReport } from '../../lambdas/domain/report/render.ts';
import type { ThresholdsRecord } from '../../lambdas/domain/rules/thresholds.ts';
import { startEmulatorWorld, type EmulatorWorld } from '../support/emulators.ts';
import { recordingLogger } from '../support/fakes.ts';
import { reportData } from '../../lambdas/schemas/report.ts';
import { dayMs } from '../support/events.ts';
import { Recount } from '../support/recount.ts';
import * as mails from '../support/recount-emails.ts';
import { live, madeAtMs, shop, shopLog } from '../support/shop-months.ts';
import { februaryMadeAtMs } from '../support/shop-report.ts';

let emulators: EmulatorWorld;
beforeAll(async () => {
  emulators = await startEmulatorWorld(['reports', 'letters']);
});
afterAll(() => emulators.end());

const log = shopLog(4);
const recount = new Recount(log, '2026-03', madeAtMs);
const record = (version: number, enter: number): ThresholdsRecord => ({ version, month: '2026-03', madeAtMs: februaryMadeAtMs, values: { keen: { enter, exit: 3 } }, changes: [] });

async function world({ proposal }: { proposal?: ThresholdsRecord } = {}) {
  const { pipeline, sends } = await live(log);
  const mails: Mail[] = [];
  const claimed = new Set<string>();
  const clock = { nowMs: madeAtMs };
  const { s3 } = emulators.clients;
  const reports = createReportStore(s3, 'reports');
  const config = { ...shop, sender: { ...shop.sender, name: 'Lantern <Books>' }, report: { readers: ['lead@shop.example'] } };
  const handle = createHandler({
    plan: compilePlan(config),
    profiles: pipeline.store,
    sends,
    control: {
      thresholds: async () => record(2, 7),
      thresholdsOfVersion: async (version) => (version === 1 ? record(1, 6) : undefined),
      training: async () => undefined,
    },
    signingKeys: { signingKey: async () => ({ keyId: '0badcafe', secret: 'of a test' }) },
    calibration: { proposal: async () => proposal },
    counters: {
      ofMonth: async () => [
        { day: '2026-03-01', campaign: 'nudge', step: 'offer', reason: 'no-consent', count: 3 },
        { day: '2026-03-02', campaign: 'nudge', step: 'offer', reason: 'no-consent', count: 4 },
        { day: '2026-03-02', campaign: 'gone', step: 'offer', reason: 'deferred', count: 1 },
      ],
    },
    countLetters: (month) => countDeadLetters(s3, 'letters', month),
    reports,
    render: renderReport,
    notices: {
      claim: async (month, reader) => !claimed.has(month + reader) && Boolean(claimed.add(month + reader)),
      release: async () => {},
    },
    mailer: { send: async (mail) => (mails.push(mail), { messageId: 'm' }) },
    logger: recordingLogger().logger,
    publicUrl: 'https://api.example/prod',
    now: () => clock.nowMs,
  });
  return { handle, reports, mails, clock };
}

describe('build-report', () => {
  test('makes the month that has ended, keeps page and numbers, and tells its readers once', async () => {
    const { handle, reports, mails } = await world();
    expect(await handle({})).toEqual({ month: '2026-03', notified: 1 });
    expect(await handle(undefined)).toEqual({ month: '2026-03', notified: 0 });
    expect(mails).toHaveLength(1);
    const html = (await reports.html('2026-03')) ?? '';
    expect(html).toContain('<title>Lantern &#60;Books&#62;: report of March 2026</title>');
    expect(html).toContain(`${recount.monthPurchases.length} conversions came in`);
    expect(await reports.html('2026-02')).toBeUndefined();
    expect(await handle({ month: '2026-02' })).toEqual({ month: '2026-02', notified: 1 });
    expect(await reports.html('2026-02')).toContain('report of February 2026');
    await expect(handle({ month: '2026-2' })).rejects.toThrow('month "2026-2"');
  });

  test('counts letters of the month alone, wherever their day stands in the key', async () => {
    const { s3 } = emulators.clients;
    for (const Key of ['poison/2026-03-01/1.json', 'poison/2026-03-31/2.json', 'poison/2026-04-01/3.json', 'aws/lambda/m/shardId-0/2026/03/05/x', 'aws/lambda/m/shardId-0/2026/02/03/x', 'redriven/poison/2026-03-01/4.json'])
      await s3.send(new PutObjectCommand({ Bucket: 'letters', Key, Body: '{}' }));
    expect(await countDeadLetters(s3, 'letters', '2026-03')).toEqual({ unreadable: 2, failed: 1 });
  });

  test('keeps the data that the page was drawn from, counted like the raw log', async () => {
    const { handle, reports } = await world();
    await handle({});
    const data = (await reports.load('2026-03'))!;
    expect(await reports.html('2026-03')).toBe(await renderReport(data));
    const [nudge, gone] = data.campaigns;
    expect(nudge?.emails).toEqual(mails.emailRows(recount));
    expect(nudge?.skipped).toEqual([{ step: 'offer', reason: 'no-consent', count: 7 }]);
    expect(gone).toEqual({ campaign: 'gone', title: 'gone', workflows: { entered: 0, completed: 0, stopped: 0, failed: 0, 'timed-out': 0 }, emails: [], skipped: [{ step: 'offer', reason: 'deferred', count: 1 }] });
    expect(data.conversions.count).toBe(recount.monthPurchases.length);
    expect(data.scores[0]?.thresholds).toEqual([{ threshold: 'keen', before: 6, now: 7 }]);
    expect(data.calibration).toEqual({ version: 2, month: '2026-03', state: 'in-force', changes: [] });
  });

  test('adds nothing up twice: parts of it that are counted apart agree', async () => {
    const { handle, reports } = await world();
    await handle({});
    const { conversions, days, campaigns, segments, matrix, experiments } = (await reports.load('2026-03'))!;
    const sum = (list: (number | undefined)[]) => list.reduce((total: number, one) => total + (one ?? 0), 0);
    const emails = campaigns.flatMap((campaign) => campaign.emails);
    expect(sum(conversions.bySegment.map(({ count }) => count))).toBe(conversions.count);
    expect(sum(days.map((day) => day.conversions))).toBe(conversions.count);
    expect(sum(days.map(({ credited }) => credited))).toBe(sum(emails.map((row) => row.conversions)));
    for (const what of ['sent', 'opened', 'clicked'] as const) expect(sum(days.map((day) => day[what]))).toBe(sum(emails.map((row) => row[what])));
    for (const { segment, atStart, atEnd } of segments) {
      expect(atEnd).toBe(sum(matrix.map(({ to, people }) => (to === segment ? people : 0))));
      expect(atStart).toBe(sum(matrix.map(({ from, people }) => (from === segment ? people : 0))));
    }
    expect(sum((experiments[0]?.arms ?? []).map(({ planned }) => planned))).toBeCloseTo(1, 9);
  });

  test('shows the thresholds that wait for approval, and says that they are not in force', async () => {
    const { handle, reports } = await world({ proposal: { ...record(3, 8), outcomeMonth: '2026-02', changes: [{ threshold: 'keen', from: 7, to: 8, mailedShare: 0.4, sampleSize: 30, shareBefore: 0.3, shareAfter: 0.2, decision: 'moved' }] } });
    await handle({});
    const change = { threshold: 'keen', from: 7, to: 8, sampleSize: 30, shareBefore: 0.3, shareAfter: 0.2, decision: 'moved' };
    expect((await reports.load('2026-03'))?.calibration).toEqual({ version: 3, month: '2026-03', outcomeMonth: '2026-02', state: 'proposed', changes: [change] });
    expect(await reports.html('2026-03')).toContain('It waits for approval');
  });
});

describe('the report of the month before', () => {
  test('is what a month that is over is compared with, and where its cohorts go on from', async () => {
    const { handle, reports, clock } = await world();
    clock.nowMs = februaryMadeAtMs;
    await handle({});
    clock.nowMs = madeAtMs;
    await handle({});
    const [february, march] = [(await reports.load('2026-02'))!, (await reports.load('2026-03'))!];
    expect(march.previous).toMatchObject({ conversions: february.conversions.count });
    expect(march.cohorts[0]?.rows.filter(({ month }) => month === '2026-02')).toEqual(february.cohorts[0]?.rows.filter(({ cohort }) => cohort >= '2025-04'));
    expect(march.cohorts[0]?.rows.length).toBeGreaterThan(february.cohorts[0]?.rows.length ?? Infinity);
  });

  test('has no scores of its own when it is made again much later, since nobody knows them any more', async () => {
    const { handle, reports, clock } = await world();
    clock.nowMs = madeAtMs - dayMs;
    await handle({ month: '2026-02' });
    expect((await reports.load('2026-02'))?.cohorts).toHaveLength(1);
    clock.nowMs = madeAtMs;
    await handle({ month: '2026-02' });
    expect((await reports.load('2026-02'))?.cohorts).toEqual([]);
  });

  test('is left out when it was made in the midst of its month', async () => {
    const { handle, reports, clock } = await world();
    clock.nowMs = februaryMadeAtMs - dayMs;
    await handle({ month: '2026-02' });
    clock.nowMs = madeAtMs;
    await handle({});
    expect(await reports.load('2026-02')).toBeDefined();
    expect((await reports.load('2026-03'))?.previous).toBeUndefined();
  });

  test.each([
    ['cut off', '{"month":'],
    ['of another shape', JSON.stringify({ month: '2026-02', segments: [], moves: [] })],
    ['empty', ''],
  ])('is left out when it is %s', async (_what, json) => {
    const { handle, reports } = await world();
    await emulators.clients.s3.send(new PutObjectCommand({ Bucket: 'reports', Key: 'reports/2026-02.json', Body: json }));
    await handle({});
    const march = (await reports.load('2026-03'))!;
    expect(march.previous).toBeUndefined();
    expect(march.cohorts[0]?.rows.every(({ month }) => month === '2026-03')).toBe(true);
    expect(reportData.safeParse(march).success).toBe(true);
  });
});
