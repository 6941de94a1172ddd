import { setTimeout as sleep } from 'node:timers/promises';
import { readJsonFile, replaceFile } from '../storage/files.ts';
import { virtualAt, type TimeOrigin } from './virtual-time.ts';

/** The clock of everything that runs locally: the functions, waits, schedules and expiry all read virtual time. */
export interface Clock {
  readonly origin: TimeOrigin;
  nowMs(): number;
  /** Virtual time of a real instant; instants before this start count as its beginning. */
  virtualOf(realMs: number): number;
  /** Resolves when virtual time has come to `virtualMs`. @throws AbortError when the signal aborts first */
  waitUntil(virtualMs: number, signal?: AbortSignal): Promise<void>;
  /** Stops the writing of the clock file. Virtual time stands still until the next start. */
  close(): void;
}

export interface ClockOptions {
  /** Where the clock keeps its time between starts. */
  file: string;
  scale: number;
  /** Virtual time of the very first start; later starts continue from where the last one ended. */
  startAtMs?: number;
}

interface StoredClock {
  virtualMs: number;
}

const writeEveryMs = 500;
/** Longest delay of a Node timer (2^31 - 1 ms, 24.8 days); a longer one would fire at once. */
export const longestTimerMs = 2 ** 31 - 1;

/**
 * Opens the clock of a data folder. What it writes lies a little ahead of the present, so that after a kill virtual time
 * goes on from a later instant and never runs backwards.
 */
export function openClock({ file, scale, startAtMs }: ClockOptions): Clock {
  const stored = readJsonFile<StoredClock>(file);
  const origin: TimeOrigin = { virtualMs: stored?.virtualMs ?? startAtMs ?? Date.now(), realMs: Date.now(), scale };
  let writtenMs = 0;
  const write = (virtualMs: number) => {
    writtenMs = virtualMs;
    replaceFile(file, JSON.stringify({ virtualMs } satisfies StoredClock));
  };
  const writeAhead = () => write(virtualAt(origin, Date.now() + 2 * writeEveryMs));
  const nowMs = () => {
    const now = virtualAt(origin, Date.now());
    // The timer came too late on a busy machine: nobody may see a time that a kill could undo.
    if (now > writtenMs) writeAhead();
    return now;
  };
  writeAhead();
  const timer = setInterval(writeAhead, writeEveryMs);
  timer.unref();
  return {
    origin,
    nowMs,
    virtualOf: (realMs) => virtualAt(origin, realMs),
    async waitUntil(virtualMs, signal) {
      for (;;) {
        signal?.throwIfAborted();
        const leftRealMs = (virtualMs - nowMs()) / scale;
        if (leftRealMs <= 0) return;
        await sleep(Math.min(Math.ceil(leftRealMs), longestTimerMs), undefined, { ...(signal && { signal }) });
      }
    },
    close() {
      clearInterval(timer);
      write(virtualAt(origin, Date.now()));
    },
  };
}
