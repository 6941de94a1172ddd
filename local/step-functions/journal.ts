import { appendJsonLine, beginJsonLines, readJsonLines } from '../storage/files.ts';
import type { CallbackOutcome } from './callbacks.ts';

export type EndStatus = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface StartedEntry {
  type: 'started';
  machineArn: string;
  name: string;
  /** The definition that the execution started with; a later deployment does not change it. */
  definition: string;
  input: string;
  atMs: number;
}

export interface EndedEntry {
  type: 'ended';
  status: EndStatus;
  output?: string;
  error?: string;
  cause?: string;
  atMs: number;
}

/** The result of a Wait or Task. After a restart they are read back in order per state, until the interpreter has caught up. */
export type ReplayEntry =
  | { type: 'wait'; state: string; untilMs: number }
  /** A task has a token that it is finished with, and its function was called with it. */
  | { type: 'token'; state: string; token: string; deadlineMs?: number }
  | { type: 'called'; state: string }
  | { type: 'result'; state: string; output: unknown; atMs: number }
  | { type: 'retry'; state: string; error: string; cause: string; atMs: number; retryAtMs: number }
  | { type: 'error'; state: string; error: string; cause: string; atMs: number };

/** A token came back. Written before the caller gets its answer, since it will not send the token again. */
export interface SettledEntry {
  type: 'settled';
  state: string;
  token: string;
  outcome: CallbackOutcome;
}

export type HistoryEntry = { type: 'entered' | 'exited'; state: string; atMs: number };

/** The end has been published on EventBridge. */
export interface PublishedEntry {
  type: 'published';
}

export type JournalEntry = StartedEntry | EndedEntry | PublishedEntry | ReplayEntry | SettledEntry | HistoryEntry;

/** Append-only record of one execution: a file of JSON lines, written before anything is done because of it. */
export interface Journal {
  started: StartedEntry;
  entries: JournalEntry[];
  ended: EndedEntry | undefined;
  add(entry: JournalEntry): void;
  /** Notes that the end has been published; the only thing that comes after it. */
  published(): void;
}

export function createJournal(file: string, started: StartedEntry): Journal {
  const journal = journalOf(file, [started]);
  beginJsonLines(file, started);
  return journal;
}

/** @returns `undefined` when the process was killed before the first line was whole: that execution never began */
export function readJournal(file: string): Journal | undefined {
  const entries = readJsonLines<JournalEntry>(file, 'Move it away, and this one workflow does not go on; or restore it from a copy.');
  return entries[0]?.type === 'started' ? journalOf(file, entries) : undefined;
}

function journalOf(file: string, entries: JournalEntry[]): Journal {
  return {
    started: entries[0] as StartedEntry,
    entries,
    ended: entries.find((entry) => entry.type === 'ended'),
    add(entry) {
      if (this.ended) return;
      appendJsonLine(file, entry);
      entries.push(entry);
      if (entry.type === 'ended') this.ended = entry;
    },
    published() {
      appendJsonLine(file, { type: 'published' });
      entries.push({ type: 'published' });
    },
  };
}

/** What came back for a token, if anything did. */
export const settlementOf = ({ entries }: Journal, token: string): CallbackOutcome | undefined =>
  entries.find((entry): entry is SettledEntry => entry.type === 'settled' && entry.token === token)?.outcome;

/** @returns the state whose task still waits for a token; undefined when none does */
export function stateWaitingFor({ ended, entries }: Journal, token: string, nowMs: number): string | undefined {
  const at = entries.findIndex((entry) => entry.type === 'token' && entry.token === token);
  const given = entries[at];
  if (ended || given?.type !== 'token' || (given.deadlineMs !== undefined && nowMs >= given.deadlineMs)) return undefined;
  const { state } = given;
  const isOver = entries.slice(at).some((entry) => ['settled', 'result', 'retry', 'error'].includes(entry.type) && 'state' in entry && entry.state === state);
  return isOver ? undefined : state;
}
