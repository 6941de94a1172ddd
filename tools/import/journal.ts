import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, existsSync, openSync, readSync, rmSync, statSync, truncateSync } from 'node:fs';
import { isObject, readJsonFile, replaceFile } from '../../local/storage/files.ts';
import { UsageError } from '../simulate/errors.ts';

/** A line, or a record of several lines, that is not imported. */
export interface Rejection {
  /** Where it begins, from 1. */
  line: number;
  reason: string;
  text: string;
}

/** How far the import of a file is. */
export interface Position {
  /** Lines from the start of the file that are imported or rejected. */
  lines: number;
  accepted: number;
  rejected: number;
}

interface State extends Position {
  stream: string;
  /** Length of the file of rejections; a kill may have left more in it. */
  rejectedBytes: number;
  /** By which the file is recognised when it has grown. */
  head: { bytes: number; sha256: string };
  finishedAt?: string;
}

/** Remembers how far an import is, and keeps what is rejected. */
export interface Journal {
  readonly start: Position;
  /** To be called once everything before the position is in the stream. */
  save(position: Position, rejections: readonly Rejection[], isFinished: boolean): void;
}

export const stateFileOf = (file: string): string => `${file}.segue-import.json`;
export const rejectedFileOf = (file: string): string => (file === '-' ? 'stdin.rejected.jsonl' : `${file}.rejected.jsonl`);

const nothing: Position = { lines: 0, accepted: 0, rejected: 0 };

/**
 * Opens the journal that lies beside a file; that of standard input knows the rejections only.
 * @throws UsageError when there is one and it is not to be resumed, when there is none to resume, or when it is of another file or stream
 */
export function openJournal(file: string, stream: string, isResumed: boolean): Journal {
  const rejectedFile = rejectedFileOf(file);
  if (file === '-') {
    rmSync(rejectedFile, { force: true });
    return { start: nothing, save: (_, rejections) => append(rejectedFile, rejections) };
  }
  const stateFile = stateFileOf(file);
  const found = readJsonFile(stateFile, {
    isValid: (value): value is State => isObject(value) && [value.lines, value.rejectedBytes].every(Number.isInteger) && typeof value.stream === 'string',
    advice: 'Delete it, and the import begins anew; events with a messageId do not count twice within the hour.',
  });
  if (found !== undefined && !isResumed) throw new UsageError(hintFor(found, stateFile));
  if (found === undefined && isResumed) throw new UsageError(`--resume: there is no ${stateFile}; leave --resume out to begin`);
  if (found !== undefined) check(found, file, stream);
  if (found === undefined) rmSync(rejectedFile, { force: true });
  // What a killed import wrote after its last accepted batch comes again.
  else if (existsSync(rejectedFile) && statSync(rejectedFile).size > found.rejectedBytes) truncateSync(rejectedFile, found.rejectedBytes);

  const head = headOf(file, headBytes);
  const { lines, accepted, rejected } = found ?? nothing;
  return {
    start: { lines, accepted, rejected },
    save(position, rejections, isFinished) {
      append(rejectedFile, rejections);
      const state: State = {
        ...position,
        stream,
        rejectedBytes: existsSync(rejectedFile) ? statSync(rejectedFile).size : 0,
        head,
        ...(isFinished && { finishedAt: new Date().toISOString() }),
      };
      replaceFile(stateFile, `${JSON.stringify(state, null, 2)}\n`);
    },
  };
}

function hintFor({ lines, finishedAt }: State, stateFile: string): string {
  return finishedAt === undefined
    ? `${stateFile}: an import of this file stopped after ${lines} lines; continue it with --resume, or delete that file to begin again`
    : `${stateFile}: this file was imported at ${finishedAt}; --resume imports lines added since. To import all of it again delete that ` +
        'file; events are then recognised only if they are among the last that their person caused, and else count twice';
}

function check(state: State, file: string, stream: string): void {
  if (state.stream !== stream)
    throw new UsageError(`--resume: ${file} went into the stream ${state.stream} so far, not into ${stream}; finish it there`);
  if (headOf(file, state.head.bytes).sha256 !== state.head.sha256)
    throw new UsageError(
      `--resume: ${file} is not the file that was begun: it starts differently; delete ${stateFileOf(file)} to begin again`,
    );
}

const headBytes = 4096;

function headOf(file: string, maxBytes: number): State['head'] {
  const buffer = Buffer.alloc(maxBytes);
  const handle = openSync(file, 'r');
  try {
    const bytes = readSync(handle, buffer, 0, maxBytes, 0);
    return { bytes, sha256: createHash('sha256').update(buffer.subarray(0, bytes)).digest('hex') };
  } finally {
    closeSync(handle);
  }
}

function append(file: string, rejections: readonly Rejection[]): void {
  if (rejections.length > 0) appendFileSync(file, rejections.map((rejection) => `${JSON.stringify(rejection)}\n`).join(''));
}
