import { rmSync } from 'node:fs';
import { isObject, readJsonFile, replaceFile } from '../../local/storage/files.ts';
import type { Found } from './find.ts';

/** How far an export is; only reading the buckets takes long. */
export interface PartialExport extends Found {
  archive: unknown[];
  deadLetters: unknown[];
  /** The last object of each bucket that is done with. */
  archiveKey?: string;
  letterKey?: string;
}

/** Remembers how far an export is, and goes on there after a kill. */
export interface ExportNotes {
  /** What an earlier try for the same person found. */
  before?: PartialExport;
  save(partial: PartialExport): void;
  done(): void;
}

/** An export to standard output starts anew each time, since nothing of it would be left. */
export const noNotes: ExportNotes = { save: () => undefined, done: () => undefined };

/** Notes beside the file that the export is written to; like that, they are for their owner only. */
export function notesBeside(out: string, subject: string): ExportNotes {
  const file = `${out}.partial`;
  const found = readJsonFile(file, {
    isValid: (value): value is { subject: string; partial: PartialExport } => isObject(value) && typeof value.subject === 'string' && isObject(value.partial),
    advice: 'Delete it, and the export begins anew.',
  });
  return {
    ...(found?.subject === subject && { before: found.partial }),
    save: (partial) => replaceFile(file, JSON.stringify({ subject, partial }), 0o600),
    done: () => rmSync(file, { force: true }),
  };
}
