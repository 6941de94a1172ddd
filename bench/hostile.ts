import type { S3Client } from '@aws-sdk/client-s3';
import { createDeadLetters } from '../lambdas/adapters/dead-letters.ts';
import { createProfileStore } from '../lambdas/adapters/profiles/store.ts';
import { defaultKeyLimits, shardCapacity, webRequest } from '../lambdas/schemas/key-limits.ts';
import type { Envelope } from '../lambdas/schemas/event.ts';
import { startDynamo } from '../test/support/dynamo.ts';
import { kinesisEvent } from '../test/support/kinesis.ts';
import { meter } from './dynamo-world.ts';
import { processor } from './dynamo.ts';
import { assumed, hostileDay, totalOf, type HostileCounts, type HostileDay } from './prices.ts';

const startMs = Date.parse('2026-09-01T00:00:00Z');
/** Each event is of somebody else, so their number saves nothing. A key within the limits of the stage brings a batch of some 230 in a second. */
const [sent, batch] = [400, 200];

/** Counts for a thousand events that a web key sends to cause cost. */
export interface HostileEvents {
  /** Carts of people whom nobody knows: each is a new profile, with a content. */
  newcomers: HostileCounts;
  /** Events that cannot be read: they become objects of the dead-letter bucket, most of a batch together. */
  deadLetters: HostileCounts;
}

/** Sends both kinds through process-events, and counts what they ask for. */
export async function benchHostile(): Promise<HostileEvents> {
  const dynamo = await startDynamo();
  try {
    const counter = meter(dynamo.documents);
    let objects = 0;
    const handle = processor(dynamo.documents, createProfileStore(dynamo.documents, 'profiles'), () => startMs, createDeadLetters({ send: async () => void (objects += 1) } as unknown as S3Client, 'letters'));
    const send = async (of: (index: number) => object): Promise<HostileCounts> => {
      for (let from = 0; from < sent; from += batch) {
        const envelopes = Array.from({ length: batch }, (_, index): Envelope => ({ v: 1, type: 'track', receivedAtMs: startMs, keyId: 'web-1', source: 'web', requestId: `r${from}-${index}`, index, event: of(from + index) as Envelope['event'] }));
        await handle(kinesisEvent(envelopes, from + 1));
      }
      const { writeUnits, readUnits } = counter.take();
      const per1000 = (count: number) => Math.ceil((count * 1000) / sent);
      const taken = { writeUnitsPer1000: per1000(writeUnits), readUnitsPer1000: per1000(readUnits), objectsPer1000: per1000(objects) };
      objects = 0;
      return taken;
    };
    return {
      newcomers: await send((index) => ({ anonymousId: `nobody-${index}`, event: 'add_to_cart', properties: { product_id: 'emma', price: 12.9, currency: 'EUR' } })),
      deadLetters: await send((index) => ({ anonymousId: `nobody-${index}`, event: 'email_opened' })),
    };
  } finally {
    await dynamo.stop();
  }
}

const daySeconds = 24 * 3600;
const web = defaultKeyLimits('web', 1);
const wafExample = 1000;

/** What can be sent in a day to a stage of one shard. */
export const hostileDays: readonly { who: string; day: HostileDay }[] = [
  {
    who: 'a web key without limits',
    day: { requests: assumed.accountRequestsPerSecond * daySeconds, events: shardCapacity.records * daySeconds },
  },
  { who: 'a web key with the limits of the stage', day: dayOf(Math.min(web.perDay, web.perSecond * daySeconds)) },
  { who: `the same from one address, with \`waf\` at ${wafExample.toLocaleString('en-US')}`, day: dayOf(Math.min(web.perDay, (wafExample * daySeconds) / 300)) },
];

function dayOf(requests: number): HostileDay {
  return { requests, events: Math.min(requests * webRequest.events, shardCapacity.records * daySeconds) };
}

const whole = (count: number): string => Math.round(count).toLocaleString('en-US');

/** The part of docs/security.md that stands between its two marks. */
export function hostileTable({ newcomers, deadLetters }: HostileEvents): string {
  const lines = hostileDays.map(({ who, day }) => `| ${who} | ${whole(day.requests)} | ${whole(day.events)} | ${whole(totalOf(hostileDay(day, newcomers)))} | ${whole(totalOf(hostileDay(day, deadLetters)))} |`);
  const one = hostileDay(hostileDays[1]!.day, deadLetters).map(({ what, counts, usd }) => `| ${what} | ${counts} | ${usd.toFixed(2)} |`);
  return [
    '| a day of | requests | events | USD, as carts of unknown people | USD, as events that cannot be read |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
    'The last figure of the second line, in parts:',
    '',
    '| what | arithmetic | USD |',
    '| --- | --- | --- |',
    ...one,
  ].join('\n');
}

export const marks = { start: '<!-- counted: npm run costs -->', end: '<!-- end of counted -->' } as const;

/** @throws Error when the text has not both marks */
export function withHostileTable(text: string, counts: HostileEvents): string {
  const [before, rest] = text.split(`${marks.start}\n`);
  const after = rest?.split(marks.end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/security.md needs the marks ${marks.start} and ${marks.end}`);
  return `${before}${marks.start}\n${hostileTable(counts)}\n${marks.end}${after}`;
}
