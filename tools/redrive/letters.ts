import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { DeadLetter } from '../../lambdas/adapters/dead-letters.ts';

/** An object of the dead-letter bucket: records of the stream that were put aside, and why. */
export interface Letter {
  key: string;
  reason: string;
  records: KinesisStreamRecord['kinesis'][];
  putAsideAtMs: number;
}

/** An object that is no letter; the message says in what. */
export class NoLetter extends Error {
  override name = 'NoLetter';
}

/** Where letters lie: single records from process-events, and whole batches from Lambda's failure destination. */
export const letterPrefixes = ['poison/', 'aws/lambda/'] as const;

/**
 * Reads an object of either kind. Lambda's is described in
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 * @throws NoLetter
 */
export function readLetter(key: string, body: string): Letter {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new NoLetter('not JSON');
  }
  if (!isObject(json)) throw new NoLetter('not a JSON object');
  return key.startsWith('poison/') ? fromPipeline(key, json) : fromLambda(key, json);
}

function fromPipeline(key: string, { reason, storedAtMs, ...record }: Partial<DeadLetter>): Letter {
  if (typeof reason !== 'string' || typeof storedAtMs !== 'number') throw new NoLetter('has no reason or storedAtMs');
  return { key, reason, putAsideAtMs: storedAtMs, records: [checked(record)] };
}

interface InvocationRecord {
  requestContext?: { condition?: unknown };
  timestamp?: unknown;
  /** The event as a string of JSON. */
  payload?: unknown;
}

function fromLambda(key: string, { requestContext, timestamp, payload }: InvocationRecord): Letter {
  let event: unknown;
  try {
    event = JSON.parse(String(payload));
  } catch {
    throw new NoLetter('its payload is missing or not JSON');
  }
  const records = isObject(event) ? (event as Partial<KinesisStreamEvent>).Records : undefined;
  if (!Array.isArray(records)) throw new NoLetter('its payload is no event of a Kinesis stream');
  return {
    key,
    reason: `given up by Lambda: ${String(requestContext?.condition)}`,
    putAsideAtMs: Date.parse(String(timestamp)) || 0,
    records: records.map((record: Partial<KinesisStreamRecord> | null) => checked(record?.kinesis)),
  };
}

function checked(record: Partial<KinesisStreamRecord['kinesis']> | undefined): KinesisStreamRecord['kinesis'] {
  for (const field of ['sequenceNumber', 'partitionKey', 'data'] as const) {
    if (typeof record?.[field] !== 'string' || record[field] === '') throw new NoLetter(`a record has no ${field}`);
  }
  return record as KinesisStreamRecord['kinesis'];
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
