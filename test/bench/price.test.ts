import { beforeAll, describe, expect, test } from 'vitest';
import { benchDynamo, type DynamoResult } from '../../bench/dynamo.ts';
import { benchEmailCost, type EmailCost, type Part } from '../../bench/email-cost.ts';
import { alarmMetricsOf } from '../../bench/alarm-metrics.ts';
import { costsDocument } from '../../bench/costs-document.ts';
import { benchHostile, hostileDays, withHostileTable, type HostileEvents } from '../../bench/hostile.ts';
import { assumed, atRest, busyEvents, evenly, eventTraces, hostileDay, millionEmails, millionEvents, totalOf, type Row } from '../../bench/prices.ts';
import { scalingTable, withScalingTable } from '../../bench/scaling.ts';
import { exampleTemplate, functionOf, resourcesOf } from '../lib/fixture.ts';
import { readText, rowsIn } from '../support/markdown.ts';

const template = exampleTemplate();
const document = readText('docs/costs.md');
let events: DynamoResult;
let emails: EmailCost;
let hostile: HostileEvents;
beforeAll(async () => {
  events = await benchDynamo(assumed.eventsPerRequest);
  emails = await benchEmailCost();
  hostile = await benchHostile();
}, 120_000);

describe('an email of the abandoned cart', () => {
  const atMost: Record<Part, { calls: number; writeUnits: number; readUnits: number }> = {
    // Of each workflow: the cart, the profile before and after the start, and the index entry, which moves to the front and back.
    // And the record of its entry.
    entry: { calls: 2.05, writeUnits: 4, readUnits: 1.05 },
    // What decides is read twice: before the place in the send rate is taken, and after it.
    offer: { calls: 12.5, writeUnits: 2.5, readUnits: 10 },
    reminder: { calls: 13, writeUnits: 2, readUnits: 11 },
    told: { calls: 8, writeUnits: 4, readUnits: 4 },
    // One read a batch asks whose events wait in the backlog.
    folded: { calls: 4.2, writeUnits: 4, readUnits: 4.1 },
    // Of each workflow: the profile and the record.
    ended: { calls: 1.05, writeUnits: 1.5, readUnits: 0.55 },
  };

  test.each(Object.entries(atMost) as [Part, (typeof atMost)[Part]][])('asks no more of DynamoDB for %s', (part, { calls, writeUnits, readUnits }) => {
    expect(emails.parts[part].calls).toBeLessThanOrEqual(calls);
    expect(emails.parts[part].writeUnits).toBeLessThanOrEqual(writeUnits);
    expect(emails.parts[part].readUnits).toBeLessThanOrEqual(readUnits);
  });

  test('is sent once, by one run, and told of by four', () => {
    const { entry, offer, reminder, told, folded } = emails.parts;
    expect([entry.executions, offer.emails, reminder.emails, offer.sendEmailRuns, reminder.sendEmailRuns]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
    expect([emails.parts.ended.recordWorkflowEndsRuns, emails.parts.ended.streamRecords]).toEqual([0.5, 0.5]);
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

  test('a million events cost no more than 0.50 under load and 0.75 spread evenly, and a month at rest no more than 15', () => {
    expect(totalOf(millionEvents(events))).toBeLessThanOrEqual(0.5);
    expect(totalOf(millionEvents(events, evenly))).toBeLessThanOrEqual(0.75);
    expect(totalOf(atRest(alarmMetricsOf(template)))).toBeLessThanOrEqual(15);
  });

  test('follow from the counts', () => {
    const rows = millionEvents({ writeUnitsPer1000: 200, readUnitsPer1000: 400 });
    expect(usdOf(rows, 'DynamoDB, profile writes')).toBeCloseTo(0.125, 9);
    expect(usdOf(rows, 'DynamoDB, profile reads')).toBeCloseTo(0.05, 9);
    expect(usdOf(millionEmails(emails), 'SES')).toBeCloseTo(100, 9);
    expect(usdOf(millionEmails({ ...emails, transitions: 8 }), 'Step Functions')).toBeCloseTo(100, 9);
    expect(usdOf(atRest(20), 'alarms')).toBeCloseTo(2, 9);
    expect(usdOf(atRest(20, { shards: 1, streamRetentionHours: 24, waf: { requestsPerFiveMinutesPerAddress: 1000, exceptAddresses: [] } }), 'web ACL')).toBe(6);
  });

  test('trace the first run in each second, and no requests', () => {
    // 2,000 s with a run of process-events in each. The requests before them are not traced: their paths may be tokens.
    expect(eventTraces(busyEvents).usd).toBeCloseTo((2000 * 5) / 1e6, 9);
    // Alone in their seconds, with a run for each of 100,000 requests.
    expect(eventTraces(evenly).usd).toBeCloseTo(0.5, 9);
  });

  test('assume what the stack has', () => {
    const gbOf = (stage: string) => functionOf(template, stage)[1].Properties.MemorySize / 1024;
    expect([gbOf('process-events'), gbOf('send-email'), gbOf('record-feedback'), gbOf('record-workflow-ends'), gbOf('refresh-segments'), gbOf('archive-events')]).toEqual([assumed.processEvents.gb, assumed.sendEmail.gb, assumed.recordFeedback.gb, assumed.recordWorkflowEnds.gb, assumed.refresh.gb, assumed.archive.gb]);
    const mappingOf = (stage: string) => resourcesOf(template, 'AWS::Lambda::EventSourceMapping').find(([, { Properties }]) => Properties.FunctionName.Ref === functionOf(template, stage)[0])?.[1].Properties;
    expect(mappingOf('process-events')).toMatchObject({ BatchSize: assumed.recordsPerBatch, MaximumBatchingWindowInSeconds: 1 });
    expect(mappingOf('archive-events')).toMatchObject({ MaximumBatchingWindowInSeconds: assumed.archive.windowSeconds });
    expect(resourcesOf(template, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => Properties.ScheduleExpression)).toContain(`rate(${assumed.refresh.everyMinutes} minutes)`);
    expect(resourcesOf(template, 'AWS::Kinesis::Stream').map(([, { Properties }]) => [Properties.ShardCount, Properties.RetentionPeriodHours])).toEqual([[1, 24]]);
  });
});

test('[C2] docs/security.md says what a hostile key can cost, by what is counted; npm run costs writes it', () => {
  const security = readText('docs/security.md');
  expect(withHostileTable(security, hostile)).toBe(security);
  // Each of the newcomers is written, and of 200 unreadable events that come together, 20 and the rest are put aside: fewer would mean that something was lost.
  expect(hostile.newcomers.writeUnitsPer1000).toBeGreaterThanOrEqual(1000);
  expect([hostile.newcomers.objectsPer1000, hostile.deadLetters.objectsPer1000]).toEqual([0, 105]);
  const [before, after] = hostileDays.map(({ day }) => Math.max(...Object.values(hostile).map((kind) => totalOf(hostileDay(day, kind)))));
  expect(after).toBeLessThan(before! / 20);
});

describe('docs/scaling.md', () => {
  test('is what the counts give; npm run costs writes it', () => {
    const scaling = readText('docs/scaling.md');
    expect(withScalingTable(scaling, events)).toBe(scaling);
  });

  test('has the figures of its own arithmetic', () => {
    const [, , ...rows] = scalingTable({ writeUnitsPer1000: 100, readUnitsPer1000: 101 }).split('\n').map((line) => line.split(' | ').slice(1).map((cell) => Number(cell.replace(/[ |,]/g, ''))));
    // 1,000 events a second are 100 requests, and two thirds of 1.5 shards; one of them starts a workflow each second, of which 432,000 are open after five days.
    expect(rows.map(([, thousand]) => thousand).slice(0, 8)).toEqual([100, 2, 4, 100, 1000, 1, 432_000, 2]);
    // A shard and a million events at the price of docs/costs.md, which is for 500 a second.
    const [ten = 0, thousand = 0, most = 0] = rows[8]!;
    expect(thousand).toBeGreaterThan(2628 * 0.4);
    expect(thousand).toBeLessThan(2628 * 0.5 + 2 * 10.95);
    expect([ten > thousand / 100, most < thousand * 101]).toEqual([true, true]);
  });
});

describe('docs/costs.md', () => {
  test('is what the counts give; npm run costs writes it', () => {
    expect(document).toBe(costsDocument({ events, emails, alarmMetrics: alarmMetricsOf(template) }));
  });

  test('has arithmetic that comes to what stands beside it', () => {
    const tables = document.split(/^\| --- .*$/m).slice(1).map((text) => rowsIn(text.split('\n\n')[0] ?? ''));
    const lines = tables.flatMap((rows) => rows.slice(0, -1));
    expect(lines.length).toBeGreaterThan(20);
    // Half a cent of rounding, and a little for the counts, which are rounded as well.
    for (const [what, counts = '', usd] of lines) expect(Math.abs(valueOf(counts) - Number(usd)), what).toBeLessThan(0.006);
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
