import type { KinesisStreamRecord } from 'aws-lambda';
import type { DeadLetter, DeadLetters } from '../../lambdas/adapters/dead-letters.ts';
import { sortBatch } from '../../lambdas/adapters/profiles/batch.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { RecordBatch, type OutRecord } from '../stream/batch.ts';
import type { Put } from '../stream/put.ts';
import type { DeadLetterStore } from './dead-letter-store.ts';
import { NotADeadLetter, readDeadLetter, type DeadLetterObject } from './dead-letter.ts';

export interface RedriveOptions {
  objects: DeadLetterStore;
  /** Stores the records that would fail again, when only part of a dead letter goes back. */
  deadLetters: DeadLetters;
  put: Put;
  config: Config;
  prefixes: readonly string[];
  isDryRun: boolean;
  /** Puts back what would fail again, too. */
  isForced: boolean;
  /** Dead letters that go back at most. */
  limit: number;
  onProgress?: (outcome: Outcome) => void;
}

export interface Outcome {
  /** Objects and records that went back, or would. */
  letters: number;
  records: number;
  /** Records that went back, by the reason why they had been put aside. */
  reasons: Map<string, number>;
  /** Records that would fail again, by the reason for that. */
  stillPoison: Map<string, number>;
  /** Objects that are not dead letters, by the reason. */
  unreadable: Map<string, number>;
  /** The first of these by their keys, so that somebody can look at them. */
  named: string[];
}

const namedObjects = 20;

/** A dead letter written by Lambda can hold 6 MB. */
const lettersInMemory = 20;

/**
 * Puts dead letters back into the stream as they were, and moves each to `redriven/` once the stream has accepted it. A crash
 * in between means that a letter goes back twice, which is recognised by the message ids of its events.
 * @throws Error of the stream or the bucket; what was not moved is still there
 */
export async function redrive(options: RedriveOptions): Promise<Outcome> {
  const { objects, prefixes, limit, onProgress } = options;
  const outcome: Outcome = { letters: 0, records: 0, reasons: new Map(), stillPoison: new Map(), unreadable: new Map(), named: [] };
  for (const prefix of prefixes) {
    for await (const page of objects.keys(prefix)) {
      for (let start = 0; start < page.length; start += lettersInMemory) {
        if (outcome.letters >= limit) return outcome;
        await redriveSome(page.slice(start, start + lettersInMemory), options, outcome);
        onProgress?.(outcome);
      }
    }
  }
  return outcome;
}

async function redriveSome(keys: readonly string[], options: RedriveOptions, outcome: Outcome): Promise<void> {
  const { objects, deadLetters, put, config, isDryRun, isForced, limit } = options;
  const letters = (await Promise.all(keys.map((key) => open(objects, key, outcome)))).filter((letter) => letter !== undefined);
  const chosen = letters.map((letter) => ({ letter, ...sort(letter, config, isForced) }));
  for (const { poison } of chosen) for (const { reason } of poison) count(outcome.stillPoison, reason);
  const going = chosen.filter(({ sound }) => sound.length > 0).slice(0, limit - outcome.letters);
  if (!isDryRun) {
    await putAll(
      put,
      going.flatMap(({ sound }) => sound.map(({ record }) => record)),
    );
    await Promise.all(
      going.map(async ({ letter, poison }) => {
        await deadLetters.storeAll(poison);
        await objects.archive(letter.key);
      }),
    );
  }
  for (const { sound } of going) {
    outcome.letters += 1;
    outcome.records += sound.length;
    for (const { reason } of sound) count(outcome.reasons, reason);
  }
}

async function open(objects: DeadLetterStore, key: string, outcome: Outcome): Promise<DeadLetterObject | undefined> {
  try {
    const body = await objects.read(key);
    return body === undefined ? undefined : readDeadLetter(key, body);
  } catch (error) {
    // One that cannot be read ends nothing for those that can.
    const reason = error instanceof NotADeadLetter ? error.message : `cannot be read: ${(error as Error).message}`;
    count(outcome.unreadable, reason);
    if (outcome.named.length < namedObjects) outcome.named.push(`${key}: ${reason}`);
    return undefined;
  }
}

/** Separates records that the pipeline would accept now from those that would become dead letters again. */
function sort({ records, reasons, storedAtMs }: DeadLetterObject, config: Config, isForced: boolean): { sound: { record: OutRecord; reason: string }[]; poison: DeadLetter[] } {
  const sound: { record: OutRecord; reason: string }[] = [];
  const poison: DeadLetter[] = [];
  for (const [place, kinesis] of records.entries()) {
    const [problem] = isForced ? [] : sortBatch([{ kinesis } as KinesisStreamRecord], config, storedAtMs).poison;
    if (problem) poison.push(problem);
    else sound.push({ record: { PartitionKey: kinesis.partitionKey, Data: Buffer.from(kinesis.data, 'base64') }, reason: reasons[place] ?? '' });
  }
  return { sound, poison };
}

async function putAll(put: Put, records: readonly OutRecord[]): Promise<void> {
  const batch = new RecordBatch();
  for (const record of records) {
    if (batch.add(record)) continue;
    await put(batch.take());
    batch.add(record);
  }
  if (batch.size > 0) await put(batch.take());
}

function count(counts: Map<string, number>, reason: string, times = 1): void {
  counts.set(reason, (counts.get(reason) ?? 0) + times);
}
