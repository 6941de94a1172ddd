import type { KinesisStreamRecord } from 'aws-lambda';
import { comparableSequence } from '../domain/profile/profile.ts';

/** An object of the archive, before it is packed. */
export interface ArchiveObject {
  key: string;
  /** Records one a line, in the order of their shard. */
  lines: string;
}

/**
 * The object that a batch of the stream becomes: below the UTC hour in which its first record arrived, named by what it holds. So a
 * repeated batch overwrites its object, and names sort by time.
 * @param records of one shard, at least one, in its order
 */
export function archiveObject(records: readonly KinesisStreamRecord[]): ArchiveObject {
  const [first, last] = [records[0]!, records.at(-1)!];
  const hour = new Date(first.kinesis.approximateArrivalTimestamp * 1000).toISOString().slice(0, 13).replace(/[-T]/g, '/');
  const shardId = first.eventID.split(':', 1)[0]!;
  const [from, to] = [first, last].map(({ kinesis }) => comparableSequence(kinesis.sequenceNumber));
  return { key: `events/${hour}/${from}-${to}-${shardId}.gz`, lines: records.map(({ kinesis }) => `${lineOf(kinesis.data)}\n`).join('') };
}

/** Line ends in JSON stand between values only, where a blank says the same. What is no JSON is in the dead letters as it came. */
const lineOf = (data: string): string => Buffer.from(data, 'base64').toString('utf8').replace(/[\r\n]+/g, ' ');
