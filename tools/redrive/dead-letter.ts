import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { DeadLetter } from '../../lambdas/adapters/dead-letters.ts';

/** An object of the dead-letter bucket: records of the stream that were put aside, and why. */
export interface DeadLetterObject {
  key: string;
  /** Of each record, in their order. */
  reasons: string[];
  records: KinesisStreamRecord['kinesis'][];
  storedAtMs: number;
}

/** The object is not a dead letter; the message says why. */
export class NotADeadLetter extends Error {
  override name = 'NotADeadLetter';
}

/** Where dead letters are stored: records from process-events, single or several of one batch, and whole batches from Lambda's failure destination. */
export const deadLetterPrefixes = ['poison/', 'aws/lambda/'] as const;

/**
 * Reads an object of either kind. Lambda's is described in
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 * @throws NotADeadLetter
 */
export function readDeadLetter(key: string, body: string): DeadLetterObject {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new NotADeadLetter('not JSON');
  }
  if (!isObject(json)) throw new NotADeadLetter('not a JSON object');
  return key.startsWith('poison/') ? fromPipeline(key, json) : fromLambda(key, json);
}

function fromPipeline(key: string, json: Partial<DeadLetter> | { letters: Partial<DeadLetter>[] }): DeadLetterObject {
  const letters = 'letters' in json && Array.isArray(json.letters) ? json.letters : [json as Partial<DeadLetter>];
  const read = letters.map(({ reason, storedAtMs, ...record }) => {
    if (typeof reason !== 'string' || typeof storedAtMs !== 'number') throw new NotADeadLetter('has no reason or storedAtMs');
    return { reason, storedAtMs, record: checked(record) };
  });
  return { key, reasons: read.map(({ reason }) => reason), storedAtMs: read[0]?.storedAtMs ?? 0, records: read.map(({ record }) => record) };
}

interface InvocationRecord {
  requestContext?: { condition?: unknown };
  timestamp?: unknown;
  /** The event as a string of JSON. */
  payload?: unknown;
}

function fromLambda(key: string, { requestContext, timestamp, payload }: InvocationRecord): DeadLetterObject {
  let event: unknown;
  try {
    event = JSON.parse(String(payload));
  } catch {
    throw new NotADeadLetter('its payload is missing or not JSON');
  }
  const records = isObject(event) ? (event as Partial<KinesisStreamEvent>).Records : undefined;
  if (!Array.isArray(records)) throw new NotADeadLetter('its payload is no event of a Kinesis stream');
  return {
    key,
    reasons: records.map(() => `given up by Lambda: ${String(requestContext?.condition)}`),
    storedAtMs: Date.parse(String(timestamp)) || 0,
    records: records.map((record: Partial<KinesisStreamRecord> | null) => checked(record?.kinesis)),
  };
}

function checked(record: Partial<KinesisStreamRecord['kinesis']> | undefined): KinesisStreamRecord['kinesis'] {
  for (const field of ['sequenceNumber', 'partitionKey', 'data'] as const) {
    if (typeof record?.[field] !== 'string' || record[field] === '') throw new NotADeadLetter(`a record has no ${field}`);
  }
  return record as KinesisStreamRecord['kinesis'];
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
