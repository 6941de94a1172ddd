import type { Config } from '../../lambdas/schemas/config.ts';
import { BadLine } from '../simulate/errors.ts';
import { lineBatches } from '../simulate/lines.ts';
import type { RecordReader } from '../simulate/records.ts';
import { RecordBatch } from '../stream/batch.ts';
import type { Put } from '../stream/put.ts';
import { capLines } from './cap-lines.ts';
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
  onBytes?: (count: number) => void;
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
  const { fileName, reader, config, put, journal, now, pace = async () => {}, onBytes, onSaved = () => {} } = options;
  const position = { ...journal.start };
  const batch = new RecordBatch(options.batchSize);
  let rejections: Rejection[] = [];
  let rejectedLength = 0;
  /** Lines read so far, and the text of the record that the last of them belongs to. */
  let line = 0;
  let text = '';

  const read = (next: string) => {
    line += 1;
    try {
      return reader.read(next);
    } finally {
      text = reader.lineNumber < line ? `${text}\n${next}` : next;
    }
  };
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
  const attempt = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      if (line <= journal.start.lines) return;
      const reason = Buffer.byteLength(text) < maxLineBytes ? error.message : `longer than ${maxLineBytes} bytes`;
      rejections.push({ line: reader.lineNumber, reason, text });
      rejectedLength += text.length;
      position.lines = line;
      if (rejectedLength > maxRejectedLength) await flush();
    }
  };

  for await (const lines of lineBatches(capLines(options.bytes, maxLineBytes), onBytes)) {
    for (const next of lines) {
      await attempt(async () => {
        const call = read(next);
        // Lines that are done with are read all the same: CSV has its header, and records of several lines.
        if (call === undefined || line <= journal.start.lines) return;
        const record = recordOf(call, { file: fileName, line: reader.lineNumber, text }, config, now());
        if (!batch.add(record)) {
          await flush();
          batch.add(record);
        }
        position.lines = line;
      });
    }
  }
  await attempt(async () => reader.end());
  position.lines = line;
  await flush(true);
  return position;
}
