import type { DynamoResult } from './dynamo.ts';
import type { EmailCost } from './email-cost.ts';
import { assumed, atRest, emailTraces, wafAtRest, evenly, eventTraces, busyEmails, busyEvents, millionEmails, millionEvents, prices, pricesOf, totalOf, type Row } from './prices.ts';

/** What the document is made of. */
export interface CountedCosts {
  events: DynamoResult;
  emails: EmailCost;
  /** Metrics that the stack's alarms look at; an alarm over two counts twice. */
  alarmMetrics: number;
}

const usd = (rows: readonly Row[]): string => totalOf(rows).toFixed(2);

function table(rows: readonly Row[], digits: number): string {
  const lines = rows.map(({ what, counts, usd: cost }) => `| ${what} | ${counts} | ${cost.toFixed(digits)} |`);
  return ['| what | arithmetic | USD |', '| --- | --- | --- |', ...lines, `| **together** | | **${usd(rows)}** |`].join('\n');
}

/** All of docs/costs.md: prices from counted calls. The same counts give the same text. */
export function costsDocument({ events, emails, alarmMetrics }: CountedCosts): string {
  const sum = (name: 'calls' | 'writeUnits' | 'readUnits') => Math.round(Object.values(emails.parts).reduce((total, part) => total + part[name], 0));
  return `# What it costs

To know what a deployment costs before you have one. USD, list prices of us-east-1 without free tiers, as known on ${pricesOf}. This is arithmetic, not a
bill. The AWS calls are counted while the functions' own code runs (\`npm run bench -- --only cost\`), and a test holds this page to the counts.
Durations, loads and the length of AWS's own log lines are assumptions; they are in [bench/prices.ts](../bench/prices.ts). \`npm run costs\` writes this page.

## At rest

A month of ${assumed.monthHours} hours in which nothing happens, with one shard:

${table(atRest(alarmMetrics), 2)}

Each further shard is ${(assumed.monthHours * prices.shardHour.usd).toFixed(2)} more, and each hour that the stream keeps events beyond 24 is ${(assumed.monthHours * prices.retentionHour.usd / 24).toFixed(2)} for each shard.
\`waf\` of a stage adds ${wafAtRest().usd.toFixed(2)} (${wafAtRest().counts}), and ${prices.inspected.usd.toFixed(2)} for a million requests.
API Gateway's detailed metrics come on top, at 0.30 for each metric of each route that is used, and so does what is stored: in DynamoDB 0.25 for a GB and
month, and 0.20 for its backups.

## A million events

Of 1 KB, ${assumed.eventsPerRequest} to a request and ${events.eventsPerUserAndBatch} of a person to a batch, 500 a second:

${table(millionEvents(events), 3)}

Spread evenly over a month they are at most ${usd(millionEvents(events, evenly))}, since each request is then a batch by itself. Events that change the cart or traits write a second
item. One event to a request costs about seven times as much; let the SDK batch. DynamoDB for 1,000 events: ${events.callsPer1000} calls and ${events.writeUnitsPer1000} write units. A
profile has about ${events.itemBytes.median} bytes.

With \`tracing\` in \`stages.ts\`, X-Ray adds ${eventTraces(busyEvents).usd.toFixed(2)} under that load, and ${eventTraces(evenly).usd.toFixed(2)} spread evenly: it traces the first run in each second, and no requests.

## A million emails

Of the abandoned cart, 50 a second, from 500,000 workflows that send both. Of each email, SES reports four events: sent, delivered, opened, clicked.

${table(millionEmails(emails), 2)}

Spread evenly over a month they are at most ${usd(millionEmails(emails, evenly))}. With \`tracing\`, X-Ray adds ${emailTraces(emails, busyEmails).usd.toFixed(2)}, or ${emailTraces(emails, evenly).usd.toFixed(2)} spread evenly. The events that start the workflows are part
of the million events above; only what they do further is counted here. DynamoDB for an email, from the start of its workflow to the last SES event:
${sum('calls')} calls, ${sum('writeUnits')} write and ${sum('readUnits')} read units. EventBridge takes events of AWS services for free; should SES's be billed as events
that one opts in to, they are 4.00 more. A workflow that a purchase stops before the offer has run one state.
`;
}
