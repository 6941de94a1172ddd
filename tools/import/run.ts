import type { Config } from '../../lambdas/schemas/config.ts';
import { lineBatches } from '../../lambdas/domain/files/lines.ts';
import type { FileRecord, RecordReader } from '../event-files/records.ts';
import { BadLine } from '../simulate/errors.ts';
import { RecordBatch, type OutRecord } from '../stream/batch.ts';
import type { Put } from '../stream/put.ts';
import { capLines } from '../../lambdas/domain/files/cap-lines.ts';
import { recordOf } from './envelope.ts';
import type { Journal, Position, Rejection } from './journal.ts';

export interface ImportOptions {
  /** Goes into the records. */
  fileName: string;
  bytes: AsyncIterable<Buffer>;
  reader: RecordReader;
  config: Config;
  put: Put;
  journal: Journal;
  now: () => number;
  /** Waits until so many more events may go. */
  pace?: (count: number) => Promise<void>;
  /** Events in one call at most. */
  batchSize?: number | undefined;
  onSaved?: (position: Position) => void;
}

/** Far more than an event may have. */
const maxLineBytes = 1024 * 1024;
/** Text of rejections that is kept in memory between two accepted batches. */
const maxRejectedLength = 1024 * 1024;

/**
 * Streams a file of calls into the stream, a batch at a time; nothing more of the file is read while a batch is on its way.
 * A line that holds no valid event is rejected with its reason and never stops the rest.
 * @throws Error of `put`; everything before the last saved position is in the stream then
 */
export async function importEvents(options: ImportOptions): Promise<Position> {
  const { fileName, reader, config, put, journal, now, pace = async () => {}, onSaved = () => {} } = options;
  const position = { ...journal.start };
  const batch = new RecordBatch(options.batchSize);
  let rejections: Rejection[] = [];
  let rejectedLength = 0;
  const flush = async (isFinished = false) => {
    const records = batch.take();
    if (records.length > 0) {
      await pace(records.length);
      await put(records);
    }
    position.accepted += records.length;
    position.rejected += rejections.length;
    journal.save(position, rejections, isFinished);
    rejections = [];
    rejectedLength = 0;
    onSaved({ ...position });
  };
  const reject = async ({ line, lastLine, text }: FileRecord, problem: string) => {
    const reason = Buffer.byteLength(text) < maxLineBytes ? problem : `longer than ${maxLineBytes} bytes`;
    rejections.push({ line, reason, text });
    rejectedLength += text.length;
    position.lines = lastLine;
    if (rejectedLength > maxRejectedLength) await flush();
  };
  const take = async (found: FileRecord) => {
    // Lines that are done with are read all the same: CSV has its header, and records of several lines.
    if (found.lastLine <= journal.start.lines) return;
    if (found.call === undefined) return reject(found, found.problem ?? 'no event');
    let record: OutRecord;
    try {
      record = recordOf(found.call, { file: fileName, line: found.line, text: found.text }, config, now());
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      return reject(found, error.message);
    }
    if (!batch.add(record)) {
      await flush();
      batch.add(record);
    }
    position.lines = found.lastLine;
  };

  let linesRead = 0;
  for await (const lines of lineBatches(capLines(options.bytes, maxLineBytes))) {
    for (const line of lines) {
      linesRead += 1;
      for (const found of reader.read(line)) await take(found);
    }
  }
  for (const found of reader.end()) await take(found);
  position.lines = linesRead;
  await flush(true);
  return position;
}
