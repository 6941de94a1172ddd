import { rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, readJsonFile, replaceFile, type JsonKind } from './storage/files.ts';

const touchEveryMs = 1_000;
/** A lock that was not touched for so long is left from a kill, even if its process number is in use again. */
const staleAfterMs = 10_000;

const lockKind: JsonKind<{ pid: number }> = {
  isValid: (value): value is { pid: number } => isObject(value) && Number.isInteger(value.pid),
  advice: 'Delete it, if no Segue runs with this folder.',
};

/**
 * Claims a data folder for this process.
 * @returns a function that gives it back
 * @throws Error naming the folder and the process that has it
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'lock.json');
  const holder = readJsonFile(file, lockKind);
  if (holder && isAlive(holder.pid) && Date.now() - statSync(file).mtimeMs < staleAfterMs) {
    throw new Error(`${folder} is in use by process ${holder.pid}; stop that one or choose another folder with --data-dir`);
  }
  replaceFile(file, JSON.stringify({ pid: process.pid }));
  const timer = setInterval(() => utimesSync(file, new Date(), new Date()), touchEveryMs);
  timer.unref();
  const release = () => {
    process.off('exit', release);
    clearInterval(timer);
    rmSync(file, { force: true });
  };
  // Also when the process ends before it has started, or because of a fault.
  process.on('exit', release);
  return release;
}

/** Is there a process with this id? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
