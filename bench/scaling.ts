import { shardCapacity } from '../lambdas/schemas/key-limits.ts';
import type { DynamoResult } from './dynamo.ts';
import { marks } from './hostile.ts';
import { assumed, millionEvents, prices, totalOf } from './prices.ts';

/** Events in a second. */
const rates = [10, 1000, 100_000] as const;

/** What is supposed about a shop besides the rate of its events. */
export const supposed = {
  /** Of a shard's capacity, so that a burst fits in, and so that the two functions that read it can catch up. */
  usedShare: 2 / 3,
  /** Events that start a workflow. */
  startShare: 0.001,
  /** How long one lasts: the abandoned cart waits 48 and 72 hours. */
  workflowDays: 5,
  emailsPerWorkflow: 2,
} as const;

const count = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });

/** The part of docs/scaling.md between its two marks: what each rate asks of the account, by arithmetic from counted calls. */
export function scalingTable(events: Pick<DynamoResult, 'writeUnitsPer1000' | 'readUnitsPer1000'>): string {
  const shards = (rate: number) => Math.ceil(rate / (shardCapacity.records * supposed.usedShare));
  const starts = (rate: number) => rate * supposed.startShare;
  const monthSeconds = assumed.monthHours * 3600;
  const usd = (rate: number) => totalOf(millionEvents(events, { seconds: 1e6 / rate })) * ((rate * monthSeconds) / 1e6) + shards(rate) * assumed.monthHours * prices.shardHour.usd;
  const rows: [what: string, of: (rate: number) => number][] = [
    ['requests a second, with 10 events each', (rate) => rate / assumed.eventsPerRequest],
    ['shards, with a third of each kept free', shards],
    ['functions that read them, at once', (rate) => 2 * shards(rate)],
    ['DynamoDB write units a second, 10 events of a person to a batch', (rate) => (rate * events.writeUnitsPer1000) / 1000],
    ['the same, if each event is of somebody else', (rate) => rate],
    ['workflows that start, a second', starts],
    ['workflows that are open', (rate) => starts(rate) * supposed.workflowDays * 24 * 3600],
    ['emails a second, on average', (rate) => starts(rate) * supposed.emailsPerWorkflow],
    ['USD a month for events and shards', usd],
  ];
  return [
    `| | ${rates.map((rate) => `${rate.toLocaleString('en-US')} events a second`).join(' | ')} |`,
    `| --- | ${rates.map(() => '--- ').join('| ')}|`,
    ...rows.map(([what, of]) => `| ${what} | ${rates.map((rate) => count(of(rate))).join(' | ')} |`),
  ].join('\n');
}

/** @throws Error when the text has not both marks */
export function withScalingTable(text: string, events: Pick<DynamoResult, 'writeUnitsPer1000' | 'readUnitsPer1000'>): string {
  const [before, rest] = text.split(`${marks.start}\n`);
  const after = rest?.split(marks.end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/scaling.md needs the marks ${marks.start} and ${marks.end}`);
  return `${before}${marks.start}\n${scalingTable(events)}\n${marks.end}${after}`;
}
