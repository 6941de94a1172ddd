import { beforeAll, describe, expect, test } from 'vitest';
import { benchDynamo, type DynamoResult } from '../../bench/dynamo.ts';
import { benchEmailCost, type EmailCost, type Part } from '../../bench/email-cost.ts';
import { assumed, atRest, evenly, millionEmails, millionEvents, pricesOf, totalOf, type Row } from '../../bench/prices.ts';
import { exampleStack, functionOf, resourcesOf, templateOf } from '../lib/fixture.ts';
import { readText, rowsIn } from '../support/markdown.ts';

const template = templateOf(exampleStack());
const readme = readText('README.md');
const section = readme.split('### What it costs')[1]?.split('\n## ')[0] ?? '';
/** Cells of the three tables below their heads. */
const tables = section.split(/^\| --- .*$/m).slice(1).map((text) => rowsIn(text.split('\n\n')[0] ?? ''));

let events: DynamoResult;
let emails: EmailCost;
beforeAll(async () => {
  events = await benchDynamo(assumed.eventsPerRequest);
  emails = await benchEmailCost();
}, 120_000);

/** Metrics that alarms look at; one that adds two up is billed as two. */
const alarmMetrics = resourcesOf(template, 'AWS::CloudWatch::Alarm')
  .flatMap(([, { Properties }]) => (Properties.Metrics as { MetricStat?: object }[] | undefined)?.filter(({ MetricStat }) => MetricStat) ?? [{}]).length;

describe('an email of the abandoned cart', () => {
  const atMost: Record<Part, { calls: number; writeUnits: number; readUnits: number }> = {
    // Of each workflow: the cart, the profile before and after the start, and the index entry, which moves to the front and back.
    entry: { calls: 1.55, writeUnits: 3.5, readUnits: 1.05 },
    offer: { calls: 8, writeUnits: 2.5, readUnits: 5.5 },
    reminder: { calls: 8, writeUnits: 2, readUnits: 6 },
    told: { calls: 8, writeUnits: 4, readUnits: 4 },
    folded: { calls: 4.15, writeUnits: 4, readUnits: 4.1 },
  };

  test.each(Object.entries(atMost) as [Part, (typeof atMost)[Part]][])('asks no more of DynamoDB for %s', (part, { calls, writeUnits, readUnits }) => {
    expect(emails.parts[part].calls).toBeLessThanOrEqual(calls);
    expect(emails.parts[part].writeUnits).toBeLessThanOrEqual(writeUnits);
    expect(emails.parts[part].readUnits).toBeLessThanOrEqual(readUnits);
  });

  test('is sent once, by one run, and told of by four', () => {
    const { entry, offer, reminder, told, folded } = emails.parts;
    expect([entry.executions, offer.emails, reminder.emails, offer.sendEmailRuns, reminder.sendEmailRuns]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
    expect([told.recordFeedbackRuns, told.streamRecords, emails.transitions]).toEqual([4, 4, 7]);
    // Everybody's profile takes in each of the four: fewer would mean that something was lost.
    expect(folded.writeUnits).toBeGreaterThanOrEqual(4);
  });

  test('writes short lines to the logs', () => {
    expect(emails.parts.offer.logBytes + emails.parts.reminder.logBytes).toBeLessThanOrEqual(160);
    expect(emails.parts.told.logBytes / emails.parts.told.recordFeedbackRuns).toBeLessThanOrEqual(125);
  });
});

describe('prices', () => {
  const usdOf = (rows: Row[], what: string) => rows.find((row) => row.what === what)?.usd;

  test('a million events cost no more than 0.66 as they come under load', () => {
    expect(totalOf(millionEvents(events))).toBeLessThanOrEqual(0.66);
  });

  test('follow from the counts', () => {
    const rows = millionEvents({ writeUnitsPer1000: 200, readUnitsPer1000: 400 });
    expect(usdOf(rows, 'DynamoDB, profile writes')).toBeCloseTo(0.125, 9);
    expect(usdOf(rows, 'DynamoDB, profile reads')).toBeCloseTo(0.05, 9);
    expect(usdOf(millionEmails(emails), 'SES')).toBeCloseTo(100, 9);
    expect(usdOf(millionEmails({ ...emails, transitions: 8 }), 'Step Functions')).toBeCloseTo(100, 9);
    expect(usdOf(atRest(20), 'alarms')).toBeCloseTo(2, 9);
  });

  test('trace the first request in each second and one in twenty of the others', () => {
    // 2,000 s with 100,000 requests, and a run of process-events in each.
    expect(usdOf(millionEvents(events), 'traces')).toBeCloseTo(((2000 + 98_000 / 20 + 2000) * 5) / 1e6, 9);
    // Alone in their seconds, with a run for each.
    expect(usdOf(millionEvents(events, evenly), 'traces')).toBeCloseTo(1, 9);
  });

  test('assume what the stack has', () => {
    const gbOf = (stage: string) => functionOf(template, stage)[1].Properties.MemorySize / 1024;
    expect([gbOf('process-events'), gbOf('send-email'), gbOf('record-feedback'), gbOf('refresh-segments')]).toEqual([assumed.processEvents.gb, assumed.sendEmail.gb, assumed.recordFeedback.gb, assumed.refresh.gb]);
    const [[, mapping] = []] = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
    expect(mapping?.Properties).toMatchObject({ BatchSize: assumed.recordsPerBatch, MaximumBatchingWindowInSeconds: 1 });
    expect(resourcesOf(template, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => Properties.ScheduleExpression)).toContain(`rate(${assumed.refresh.everyMinutes} minutes)`);
    expect(resourcesOf(template, 'AWS::Kinesis::Stream').map(([, { Properties }]) => [Properties.ShardCount, Properties.RetentionPeriodHours])).toEqual([[1, 48]]);
  });
});

describe('the README', () => {
  test('has the tables that the counts give', () => {
    const expected = [[atRest(alarmMetrics), 2], [millionEvents(events), 3], [millionEmails(emails), 2]] as const;
    const cells = expected.map(([rows, digits]) => [...rows.map(({ what, counts, usd }) => [what, counts, usd.toFixed(digits)]), ['**together**', '', `**${totalOf(rows).toFixed(2)}**`]]);
    expect(tables).toEqual(cells);
  });

  test('has arithmetic that comes to what stands beside it', () => {
    const lines = tables.flatMap((rows) => rows.slice(0, -1));
    expect(lines.length).toBeGreaterThan(20);
    // Half a cent of rounding, and a little for the counts, which are rounded as well.
    for (const [what, counts = '', usd] of lines) expect(Math.abs(valueOf(counts) - Number(usd)), what).toBeLessThan(0.006);
  });

  test('has the day of the prices, and the totals in its text', () => {
    const usd = (rows: Row[]) => totalOf(rows).toFixed(2);
    expect(section).toContain(`as known on ${pricesOf}`);
    expect(section).toContain(`Spread evenly over a month they are at most ${usd(millionEvents(events, evenly))}:`);
    expect(section).toContain(`Spread evenly over a month they are at most ${usd(millionEmails(emails, evenly))};`);
    const limits = readme.split('\n## Limits')[1]?.replaceAll(/\s+/g, ' ') ?? '';
    expect(limits).toContain(`they cost ${usd(millionEvents(events))} as they come under load, and up to ${usd(millionEvents(events, evenly))} spread over a month`);
    expect(limits).toContain(`were to cost 160 USD, and cost ${usd(millionEmails(emails))}: SES takes`);
    const sum = (name: 'calls' | 'writeUnits' | 'readUnits') => Math.round(Object.values(emails.parts).reduce((total, part) => total + part[name], 0));
    expect(readme).toContain(`the last that SES tells: ${sum('calls')} calls, ${sum('writeUnits')} write and ${sum('readUnits')} read units`);
    expect(readme).toContain(`${events.callsPer1000} calls and ${events.writeUnitsPer1000} write units. A profile has about ${events.itemBytes.median} bytes`);
  });
});

/** `2,000 runs × 0.20 per million + 600 GB-s × 13.333 per million`, worked out. */
function valueOf(arithmetic: string): number {
  const per: Record<string, number> = { million: 1e6, thousand: 1000 };
  return arithmetic.split(' + ').reduce((sum, term) => {
    const [, count = '', price, unit] = /^([\d.,]+) [\w -]+ × ([\d.]+)(?: per (\w+))?$/.exec(term) ?? [];
    return sum + (Number(count.replaceAll(',', '')) * Number(price)) / (unit === undefined ? 1 : (per[unit] ?? NaN));
  }, 0);
}
