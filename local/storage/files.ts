import { appendFileSync, closeSync, existsSync, ftruncateSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A file of the data folder that cannot be read as what it should be. Nothing is written over it. */
export class DamagedFile extends Error {
  override name = 'DamagedFile';
}

/** What a file of JSON should hold, and what its owner can do when it does not. */
export interface JsonKind<T> {
  isValid(value: unknown): value is T;
  /** A sentence, such as "Delete it, and ...". */
  advice: string;
}

/** Replaces a file in one step, so that a kill leaves the old or the new text and never half of one. */
export function replaceFile(path: string, text: string, mode = 0o666): void {
  const next = `${path}.next`;
  writeFileSync(next, text, { mode });
  renameSync(next, path);
}

/**
 * @returns what the file holds, or `undefined` when there is none
 * @throws DamagedFile
 */
export function readJsonFile<T>(path: string, { isValid, advice }: JsonKind<T>): T | undefined {
  if (!existsSync(path)) return undefined;
  const value = parsed(path, readFileSync(path), '', advice);
  if (!isValid(value)) throw damaged(path, 'does not hold what Segue writes there', advice);
  return value;
}

export function appendJsonLine(path: string, value: unknown): void {
  appendFileSync(path, `${JSON.stringify(value)}\n`);
}

/** Begins a file of JSON lines; what a kill may have left of an earlier attempt goes. */
export function beginJsonLines(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value)}\n`);
}

/**
 * Reads a file of JSON lines. A kill in the middle of an append leaves a last line without an end; it is cut off for good, unless it is all
 * that there is.
 * @throws DamagedFile
 */
export function readJsonLines<T extends object>(path: string, advice: string): T[] {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(0, end).toString('utf8').split('\n');
  const values = lines.flatMap((line, index) => (line === '' ? [] : [parsed(path, Buffer.from(line), `, line ${index + 1}`, advice)]));
  if (!values.every(isObject)) throw damaged(path, 'does not hold what Segue writes there', advice);
  if (end > 0 && end < bytes.length) truncate(path, end);
  return values as T[];
}

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(path: string, bytes: Buffer, place: string, advice: string): unknown {
  if (bytes.length === 0) throw damaged(path, 'is empty', advice);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw damaged(path, `is damaged${place}: it is not JSON`, advice);
  }
}

const damaged = (path: string, what: string, advice: string): DamagedFile => new DamagedFile(`${path} ${what}. ${advice}`);

function truncate(path: string, length: number): void {
  const file = openSync(path, 'r+');
  try {
    ftruncateSync(file, length);
  } finally {
    closeSync(file);
  }
}
