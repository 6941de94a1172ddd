import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countLetters } from '../../lambdas/adapters/letter-count.ts';
import type { Mail } from '../../lambdas/adapters/mailer.ts';
import { createReportStore } from '../../lambdas/adapters/report-store.ts';
import { createHandler } from '../../lambdas/build-report/handler.ts';
import { page } from '../../lambdas/build-report/page.ts';
import { compilePlan } from '../../lambdas/domain/plan.ts';
import type { ReportNumbers } from '../../lambdas/domain/report-numbers/numbers.ts';
import type { ThresholdsRecord } from '../../lambdas/domain/thresholds.ts';
import { startEmulatorWorld, type EmulatorWorld } from '../support/emulators.ts';
import { recordingLogger } from '../support/fakes.ts';
import { Recount } from '../support/recount.ts';
import { live, madeAtMs, shop, shopLog } from '../support/shop-months.ts';

let emulators: EmulatorWorld;
beforeAll(async () => {
  emulators = await startEmulatorWorld(['reports', 'letters']);
});
afterAll(() => emulators.end());

const log = shopLog(4);
const recount = new Recount(log);
const record = (version: number, enter: number): ThresholdsRecord =>
  ({ version, month: '2026-03', madeAtMs, values: { keen: { enter, exit: 3 } }, changes: [] }) as ThresholdsRecord;

async function world() {
  const { pipeline, sends } = await live(log);
  const mails: Mail[] = [];
  const claimed = new Set<string>();
  const { s3 } = emulators.clients;
  const reports = createReportStore(s3, 'reports');
  const config = { ...shop, report: { readers: ['lead@shop.example'] }, thresholds: { keen: { score: 'engagement', enter: 5, exit: 3 } } };
  const handle = createHandler({
    plan: compilePlan(config),
    profiles: pipeline.store,
    sends,
    control: {
      thresholds: async () => record(2, 7),
      thresholdsOfVersion: async (version) => (version === 1 ? record(1, 6) : undefined),
      signingKey: async () => ({ keyId: '0badcafe', secret: 'of a test' }),
    },
    counters: {
      ofMonth: async () => [
        { day: '2026-03-01', campaign: 'nudge', step: 'offer', reason: 'no-consent', count: 3 },
        { day: '2026-03-02', campaign: 'nudge', step: 'offer', reason: 'no-consent', count: 4 },
        { day: '2026-03-02', campaign: 'gone', step: 'offer', reason: 'deferred', count: 1 },
      ],
    },
    countLetters: (month) => countLetters(s3, 'letters', month),
    reports,
    render: (numbers) => page(numbers, 'Lantern <Books>'),
    notices: {
      claim: async (month, reader) => !claimed.has(month + reader) && Boolean(claimed.add(month + reader)),
      release: async () => {},
    },
    mailer: { send: async (mail) => (mails.push(mail), { messageId: 'm' }) },
    logger: recordingLogger().logger,
    publicUrl: 'https://api.example/prod',
    now: () => madeAtMs,
  });
  return { handle, reports, mails };
}

describe('build-report', () => {
  test('makes the month that has ended, keeps page and numbers, and tells its readers once', async () => {
    const { handle, reports, mails } = await world();
    expect(await handle({})).toEqual({ month: '2026-03', told: 1 });
    expect(await handle(undefined)).toEqual({ month: '2026-03', told: 0 });
    expect(mails).toHaveLength(1);
    const html = (await reports.html('2026-03')) ?? '';
    expect(html).toContain('Lantern &#60;Books&#62;: report of 2026-03');
    expect(html).toContain(`${recount.marchPurchases.length} in the month`);
    expect(await reports.html('2026-02')).toBeUndefined();
    expect(await handle({ month: '2026-02' })).toEqual({ month: '2026-02', told: 1 });
    expect(await reports.html('2026-02')).toContain('report of 2026-02');
    await expect(handle({ month: '2026-2' })).rejects.toThrow('month "2026-2"');
  });

  test('counts letters of the month alone, wherever their day stands in the key', async () => {
    const { s3 } = emulators.clients;
    for (const Key of ['poison/2026-03-01/1.json', 'poison/2026-03-31/2.json', 'poison/2026-04-01/3.json', 'aws/lambda/m/shardId-0/2026/03/05/x', 'aws/lambda/m/shardId-0/2026/02/03/x', 'redriven/poison/2026-03-01/4.json'])
      await s3.send(new PutObjectCommand({ Bucket: 'letters', Key, Body: '{}' }));
    expect(await countLetters(s3, 'letters', '2026-03')).toEqual({ unreadable: 2, failed: 1 });
  });

  test('says the same in its JSON as the raw log, and adds nothing up twice', async () => {
    const { handle } = await world();
    await handle({});
    const { Body } = await emulators.clients.s3.send(new GetObjectCommand({ Bucket: 'reports', Key: 'reports/2026-03.json' }));
    const numbers = JSON.parse((await Body?.transformToString()) ?? '') as ReportNumbers;
    const [nudge, gone] = numbers.campaigns;
    for (const { step, variant = '', sent, opened, clicked, conversions, revenue } of nudge?.emails ?? []) {
      const expected = [recount.countEmails(step, variant, 'Send'), recount.countEmails(step, variant, 'Open'), recount.countEmails(step, variant, 'Click')];
      expect([sent, opened, clicked]).toEqual(expected);
      expect({ conversions, revenue }).toEqual(recount.credited(step, variant));
    }
    expect(nudge?.emails).toHaveLength(4);
    for (const { arm, people, converted, revenue } of nudge?.arms ?? []) expect({ people, converted, revenue }).toEqual(recount.arm(arm));
    expect(nudge?.arms.map(({ arm }) => arm)).toEqual(['holdout', 'long', 'short']);
    expect(nudge?.skipped).toEqual([{ step: 'offer', reason: 'no-consent', count: 7 }]);
    expect(gone).toMatchObject({ campaign: 'gone', emails: [], arms: [], skipped: [{ reason: 'deferred', count: 1 }] });

    const sum = (list: number[]) => list.reduce((total, one) => total + one, 0);
    const { conversions, days } = numbers;
    expect(conversions.count).toBe(recount.marchPurchases.length);
    expect(sum(conversions.bySegment.map(({ count }) => count))).toBe(conversions.count);
    expect(sum(conversions.bySource.map(({ count }) => count))).toBe(conversions.count);
    expect(conversions.revenue).toEqual([{ currency: '', amount: sum(recount.marchPurchases.map(({ total }) => total)) }]);
    expect(days).toHaveLength(31);
    for (const { day, conversions: count } of days) expect([day, count]).toEqual([day, recount.marchPurchases.filter(({ atMs }) => new Date(atMs).toISOString().startsWith(day)).length]);
    expect(sum(days.map(({ credited }) => credited))).toBe(sum((nudge?.emails ?? []).map((row) => row.conversions)));
    expect(sum(days.map(({ sent }) => sent))).toBe(sum((nudge?.emails ?? []).map((row) => row.sent)));
    expect(numbers.segments.map(({ atEnd }) => atEnd)).toEqual(['buyers', 'browsers', 'others'].map((name) => sum(numbers.matrix.filter(({ to }) => to === name).map(({ people }) => people))));
    expect(numbers.scores[0]?.thresholds).toEqual([{ threshold: 'keen', before: 6, now: 7 }]);
    expect(numbers.isPartial).toBe(false);
  });
});
