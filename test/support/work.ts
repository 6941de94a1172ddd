import crypto from 'node:crypto';
import fs from 'node:fs';
import { Session } from 'node:inspector/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

/** Counts of what a piece of code did. Unlike times they are the same on every machine. */
export interface Work {
  filesRead: number;
  /** Texts that went through JSON.parse. */
  textsParsed: number;
  /** Values that went through JSON.stringify. */
  textsWritten: number;
  hashes: number;
  /** Calls of functions of this repository, those of callbacks included. */
  calls: number;
  /** The same for one function. */
  callsOf(name: string): number;
}

const root = join(import.meta.dirname, '../..');
const ownFolders = ['lambdas', 'lib', 'tools'].map((folder) => join(root, folder));

/** Runs some code and counts its work. V8 counts the calls (`Profiler.startPreciseCoverage`), so no function can be left out. */
export async function workOf(run: () => Promise<unknown>): Promise<Work> {
  const counted = { filesRead: 0, textsParsed: 0, textsWritten: 0, hashes: 0 };
  const restore = [
    counting(fs, 'readFileSync', () => (counted.filesRead += 1)),
    counting(JSON, 'parse', () => (counted.textsParsed += 1)),
    counting(JSON, 'stringify', () => (counted.textsWritten += 1)),
    counting(crypto, 'createHash', () => (counted.hashes += 1)),
    counting(crypto, 'hash', () => (counted.hashes += 1)),
  ];
  syncBuiltinESMExports();
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await run();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const own = result.filter(({ url }) => ownFolders.some((folder) => url.replace(/^file:\/\//, '').startsWith(folder))).flatMap(({ functions }) => functions);
    const callsOf = (wanted?: string) =>
      own.reduce((sum, { functionName, ranges }) => sum + (wanted === undefined || functionName === wanted ? (ranges[0]?.count ?? 0) : 0), 0);
    return { ...counted, calls: callsOf(), callsOf };
  } finally {
    session.disconnect();
    for (const undo of restore) undo();
    syncBuiltinESMExports();
  }
}

function counting<T extends object>(owner: T, name: keyof T & string, count: () => void): () => void {
  const original = owner[name] as (...args: unknown[]) => unknown;
  owner[name] = function (this: unknown, ...args: unknown[]) {
    count();
    return original.apply(this, args);
  } as T[typeof name];
  return () => void (owner[name] = original as T[typeof name]);
}
