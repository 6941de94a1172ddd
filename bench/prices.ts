import type { Stage } from '../lambdas/schemas/stages.ts';
import type { DynamoResult } from './dynamo.ts';
import type { EmailCost, Part } from './email-cost.ts';

interface Price {
  usd: number;
  per: 1 | 1000 | 1_000_000;
  unit: string;
}

/** The day on which the list prices were looked up. */
export const pricesOf = '2026-11-25';

/** List prices of us-east-1 in USD, without free tiers and without the lower steps for large volumes. */
export const prices = {
  request: { usd: 3.5, per: 1_000_000, unit: 'requests' },
  record: { usd: 0.014, per: 1_000_000, unit: 'records' },
  shardHour: { usd: 0.015, per: 1, unit: 'hours' },
  retentionHour: { usd: 0.02, per: 1, unit: 'hours' },
  writeUnit: { usd: 0.625, per: 1_000_000, unit: 'write units' },
  readUnit: { usd: 0.125, per: 1_000_000, unit: 'read units' },
  run: { usd: 0.2, per: 1_000_000, unit: 'runs' },
  gbSecond: { usd: 13.3334, per: 1_000_000, unit: 'GB-s' },
  loggedGb: { usd: 0.5, per: 1, unit: 'GB' },
  trace: { usd: 5, per: 1_000_000, unit: 'traces' },
  alarmMetric: { usd: 0.1, per: 1, unit: 'metrics' },
  schedule: { usd: 1, per: 1_000_000, unit: 'starts' },
  email: { usd: 0.1, per: 1000, unit: 'emails' },
  state: { usd: 0.025, per: 1000, unit: 'states' },
  object: { usd: 0.005, per: 1000, unit: 'objects' },
  webAcl: { usd: 5, per: 1, unit: 'web ACL' },
  webAclRule: { usd: 1, per: 1, unit: 'rule' },
  inspected: { usd: 0.6, per: 1_000_000, unit: 'requests inspected' },
} as const satisfies Record<string, Price>;

/** Assumptions that no test can count: durations, and the length of log lines that AWS writes. Memory is as set in `lib/`. */
export const assumed = {
  monthHours: 730,
  eventsPerRequest: 10,
  processEvents: { gb: 1, secondsPerRun: 0.05, secondsPerRecord: 0.0005 },
  sendEmail: { gb: 1, secondsPerRun: 0.2 },
  recordFeedback: { gb: 0.5, secondsPerRun: 0.1 },
  recordWorkflowEnds: { gb: 0.5, secondsPerRun: 0.05 },
  refresh: { gb: 1, secondsPerRun: 0.1, everyMinutes: 5, shards: 8 },
  accessLogBytes: 300,
  /** Lambda's own lines about a run, and what it puts before the function's. */
  runLogBytes: 500,
  /** The line that process-events writes. */
  batchLogBytes: 140,
  /** Of the event source mapping. */
  recordsPerBatch: 500,
  /** A batch of the archive has so many records of a kilobyte at most: an invocation has 6 MB, and a record in it is base64 with about 600 bytes around it. */
  archive: { gb: 0.5, secondsPerRun: 0.3, secondsPerRecord: 0.00002, recordsPerRun: 3000, windowSeconds: 300 },
  /** X-Ray keeps the first request in each second, and this share of the others. */
  tracedShare: 0.05,
  /** What API Gateway lets into an account and Region by default. */
  accountRequestsPerSecond: 10_000,
} as const;

/** Seconds over which the million is spread. */
export interface Load {
  seconds: number;
}
/** 500 events in each second, a full batch. */
export const busyEvents: Load = { seconds: 2000 };
/** 50 emails in each second. */
export const busyEmails: Load = { seconds: 20_000 };
/** Spread evenly over a month, the most expensive case: every event is a batch of its own. */
export const evenly: Load = { seconds: assumed.monthHours * 3600 };

const million = 1_000_000;
const bytesPerGb = 1e9;

/** A line of a price table: the arithmetic in words, and its result. */
export interface Row {
  what: string;
  counts: string;
  usd: number;
}

type Term = [count: number, of: keyof typeof prices];

function row(what: string, ...terms: Term[]): Row {
  const texts = terms.map(([count, of]) => `${amount(count)} ${prices[of].unit} × ${priceText(prices[of])}`);
  return { what, counts: texts.join(' + '), usd: terms.reduce((sum, [count, of]) => sum + (count * prices[of].usd) / prices[of].per, 0) };
}

/** What somebody sends in a day, and what is counted for a thousand of their events. */
export interface HostileDay {
  requests: number;
  events: number;
}
export interface HostileCounts {
  writeUnitsPer1000: number;
  readUnitsPer1000: number;
  objectsPer1000: number;
}

/** A day of requests that mean harm. Answers with 429, 401 and 403 cost nothing. */
export function hostileDay({ requests, events }: HostileDay, counts: HostileCounts): Row[] {
  const { runs, gbSeconds } = processing(events, { seconds: 24 * 3600 }, requests);
  return [
    row('API Gateway', [requests, 'request']),
    row('Kinesis', [events, 'record']),
    row('DynamoDB', [(counts.writeUnitsPer1000 * events) / 1000, 'writeUnit'], [(counts.readUnitsPer1000 * events) / 1000, 'readUnit']),
    row('dead letters, S3', [(counts.objectsPer1000 * events) / 1000, 'object']),
    row('process-events', ...runTerms(runs, gbSeconds)),
    archiveRow(events, { seconds: 24 * 3600 }, requests),
    row('logs', [(requests * assumed.accessLogBytes + runs * batchLog) / bytesPerGb, 'loggedGb']),
  ];
}

const perText: Record<Price['per'], string> = { 1: '', 1000: ' per thousand', 1_000_000: ' per million' };
const amount = (count: number): string => count.toLocaleString('en-US', { maximumSignificantDigits: 5 });
const priceText = ({ usd, per }: Price): string => usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 3 }) + perText[per];

export const totalOf = (rows: readonly Row[]): number => rows.reduce((sum, { usd }) => sum + usd, 0);

/**
 * What a deployment costs in a month in which nothing happens.
 * @param alarmMetrics an alarm over two metrics counts twice
 */
export function atRest(alarmMetrics: number, { shards, streamRetentionHours, waf }: Pick<Stage, 'shards' | 'streamRetentionHours' | 'waf'> = { shards: 1, streamRetentionHours: 24 }): Row[] {
  const { refresh, monthHours } = assumed;
  const runs = (monthHours * 60) / refresh.everyMinutes;
  // Half a unit for each empty query, and one for the thresholds.
  const readUnits = runs * (refresh.shards / 2 + 1);
  return [
    row(`Kinesis, ${shards} shard${shards === 1 ? '' : 's'}`, [monthHours * shards, 'shardHour']),
    ...(streamRetentionHours > 24 ? [row('Kinesis, retention beyond a day', [((monthHours * shards * (streamRetentionHours - 24)) / 24), 'retentionHour'])] : []),
    row('alarms', [alarmMetrics, 'alarmMetric']),
    row('refresh, every 5 minutes', ...runTerms(runs, runs * refresh.secondsPerRun * refresh.gb), [readUnits, 'readUnit']),
    row('its schedule', [runs, 'schedule']),
    ...(waf ? [wafAtRest()] : []),
  ];
}

/** A web ACL with its one rule, for a month. */
export const wafAtRest = (): Row => row('web ACL', [1, 'webAcl'], [1, 'webAclRule']);

/** A million events of 1 KB. @param dynamo counted for 1,000 of them */
export function millionEvents({ writeUnitsPer1000, readUnitsPer1000 }: Pick<DynamoResult, 'writeUnitsPer1000' | 'readUnitsPer1000'>, load: Load = busyEvents): Row[] {
  const requests = million / assumed.eventsPerRequest;
  const { runs, gbSeconds } = processing(million, load, requests);
  return [
    row('API Gateway', [requests, 'request']),
    row('Kinesis', [million, 'record']),
    row('DynamoDB, profile writes', [writeUnitsPer1000 * 1000, 'writeUnit']),
    row('DynamoDB, profile reads', [readUnitsPer1000 * 1000, 'readUnit']),
    row('process-events', ...runTerms(runs, gbSeconds)),
    archiveRow(million, load, requests),
    row('logs', [(requests * assumed.accessLogBytes + runs * batchLog) / bytesPerGb, 'loggedGb']),
  ];
}

/** A million emails of the abandoned cart, from half as many workflows. The event that starts each is one of the million events, apart from what it does here. */
export function millionEmails({ parts, transitions }: Pick<EmailCost, 'parts' | 'transitions'>, load: Load = busyEmails): Row[] {
  const sum = (name: keyof (typeof parts)[Part], ...of: Part[]) => of.reduce((total, part) => total + parts[part][name], 0) * million;
  const dynamo = (...of: Part[]): Term[] => [[sum('writeUnits', ...of), 'writeUnit'], [sum('readUnits', ...of), 'readUnit']];
  const sends = sum('sendEmailRuns', 'offer', 'reminder');
  const executions = sum('executions', 'entry');
  const told = sum('recordFeedbackRuns', 'told');
  const ends = sum('recordWorkflowEndsRuns', 'ended');
  const records = sum('streamRecords', 'told', 'ended');
  const { runs, gbSeconds } = processing(records, load, records);
  const ownLog = sum('logBytes', 'offer', 'reminder', 'told', 'ended');
  return [
    row('SES', [sum('emails', 'offer', 'reminder'), 'email']),
    row('Step Functions', [executions * transitions, 'state']),
    row('workflow starts, DynamoDB', ...dynamo('entry')),
    row('send-email', ...runTerms(sends, sends * assumed.sendEmail.secondsPerRun * assumed.sendEmail.gb)),
    row('send-email, DynamoDB', ...dynamo('offer', 'reminder')),
    row('record-feedback', ...runTerms(told, told * assumed.recordFeedback.secondsPerRun * assumed.recordFeedback.gb)),
    row('record-feedback, DynamoDB', ...dynamo('told')),
    row('record-workflow-ends', ...runTerms(ends, ends * assumed.recordWorkflowEnds.secondsPerRun * assumed.recordWorkflowEnds.gb)),
    row('Kinesis', [records, 'record']),
    row('process-events', ...runTerms(runs, gbSeconds)),
    row('process-events, DynamoDB', ...dynamo('folded', 'ended')),
    archiveRow(records, load, records),
    row('logs', [(ownLog + (sends + told + ends) * assumed.runLogBytes + runs * batchLog) / bytesPerGb, 'loggedGb']),
  ];
}

/** What X-Ray adds to a million events where the stage has tracing on: runs of process-events. Requests are not traced. */
export function eventTraces(load: Load): Row {
  return row('traces', [tracesOf(processing(million, load, million / assumed.eventsPerRequest).runs, load), 'trace']);
}

/** What X-Ray adds to a million emails where the stage has tracing on. */
export function emailTraces({ parts }: Pick<EmailCost, 'parts'>, load: Load): Row {
  const [executions, feedbackRuns, ends] = [parts.entry.executions * million, parts.told.recordFeedbackRuns * million, parts.ended.recordWorkflowEndsRuns * million];
  const records = (parts.told.streamRecords + parts.ended.streamRecords) * million;
  const { runs } = processing(records, load, records);
  return row('traces', [[executions, feedbackRuns, ends, runs].reduce((total, count) => total + tracesOf(count, load), 0), 'trace']);
}

const batchLog = assumed.runLogBytes + assumed.batchLogBytes;
const runTerms = (runs: number, gbSeconds: number): Term[] => [[runs, 'run'], [gbSeconds, 'gbSecond']];
function tracesOf(requests: number, { seconds }: Load): number {
  return Math.min(requests, seconds) + assumed.tracedShare * Math.max(0, requests - seconds);
}

/** Batches of the stream: one each second, more when that holds too much, and fewer when nothing comes. */
function processing(records: number, { seconds }: Load, arrivals: number): { runs: number; gbSeconds: number } {
  const { gb, secondsPerRun, secondsPerRecord } = assumed.processEvents;
  const runs = Math.min(arrivals, Math.max(seconds, records / assumed.recordsPerBatch));
  return { runs, gbSeconds: (runs * secondsPerRun + records * secondsPerRecord) * gb };
}

/** Objects of the archive: one every five minutes, more when that holds too much, and fewer when nothing comes. */
function archiveRow(records: number, { seconds }: Load, arrivals: number): Row {
  const { gb, secondsPerRun, secondsPerRecord, recordsPerRun, windowSeconds } = assumed.archive;
  const runs = Math.min(arrivals, Math.max(seconds / windowSeconds, records / recordsPerRun));
  return row('archive', [runs, 'object'], ...runTerms(runs, (runs * secondsPerRun + records * secondsPerRecord) * gb));
}
