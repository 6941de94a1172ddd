import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, readJsonFile, replaceFile } from '../storage/files.ts';
import { SharedTime, virtualAt, type TimeOrigin } from './virtual-time.ts';

/** The clock of everything that runs locally: the functions, waits, schedules and expiry all read virtual time. */
export interface Clock {
  /** Virtual milliseconds that pass in a real one while the machine keeps up. */
  readonly scale: number;
  /** What the threads of functions read. */
  readonly time: SharedTime;
  nowMs(): number;
  /** Virtual time of a real instant; instants before this start count as its beginning. */
  virtualOf(realMs: number): number;
  /** Resolves when virtual time has come to `virtualMs`. @throws AbortError when the signal aborts first */
  waitUntil(virtualMs: number, signal?: AbortSignal): Promise<void>;
  /** Does a piece of the machine's own work. From when it takes long until it is done, virtual time passes no faster than real time. */
  during<T>(work: () => Promise<T>): Promise<T>;
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
/** Real time after which a call, or a process that does not get to run, makes a scaled clock go slow: an idle machine stays below it. */
const patienceMs = 50;
const tickEveryMs = 10;
/** How many changes of speed are remembered, for the arrival of what was put into the stream a while ago. */
const mostOrigins = 20_000;

/**
 * Opens the clock of a data folder. What it writes lies a little ahead of the present, so that after a kill virtual time
 * goes on from a later instant and never runs backwards.
 *
 * A time scale speeds up people and campaigns, and the machine stays as slow as it is: at 24,000 a function that takes a second would
 * take a third of a day, and an email would come too late for the hours in which it may be sent. So scaled time waits for the machine.
 */
export function openClock({ file, scale, startAtMs }: ClockOptions): Clock {
  const stored = readJsonFile(file, {
    isValid: (value): value is StoredClock => isObject(value) && Number.isFinite(value.virtualMs),
    advice: 'Delete it, and time goes on from the present; after a start with --time-scale that may be long before the last events. Or restore it from a copy.',
  });
  const isScaled = scale > 1;
  const time = new SharedTime();
  const origins: TimeOrigin[] = [];
  let writtenMs = 0;
  let slowWorks = 0;

  const go = (virtualMs: number, realMs: number) => {
    const origin = { virtualMs, realMs, scale: slowWorks > 0 ? Math.min(scale, 1) : scale, untilRealMs: isScaled ? realMs + patienceMs : Infinity };
    origins.push(origin);
    if (origins.length > 2 * mostOrigins) origins.splice(0, mostOrigins);
    time.write(origin);
  };
  /** Prolongs the present speed. Where this process did not get to run for a while, time has stood still meanwhile. */
  const tick = () => {
    const realMs = Date.now();
    const origin = origins.at(-1)!;
    if (realMs > origin.untilRealMs) return go(virtualAt(origin, realMs), realMs);
    origin.untilRealMs = isScaled ? realMs + patienceMs : Infinity;
    time.write(origin);
  };
  const changeSpeed = () => go(nowMs(), Date.now());

  const write = (virtualMs: number) => {
    writtenMs = virtualMs;
    replaceFile(file, JSON.stringify({ virtualMs } satisfies StoredClock));
  };
  const writeAhead = () => write(time.at(Date.now()) + Math.ceil(2 * writeEveryMs * scale));
  const nowMs = () => {
    const now = time.at(Date.now());
    // The timer came too late on a busy machine: nobody may see a time that a kill could undo.
    if (now > writtenMs) writeAhead();
    return now;
  };

  go(stored?.virtualMs ?? startAtMs ?? Date.now(), Date.now());
  writeAhead();
  const timers = [setInterval(writeAhead, writeEveryMs), ...(isScaled ? [setInterval(tick, tickEveryMs)] : [])];
  timers.forEach((timer) => timer.unref());
  return {
    scale,
    time,
    nowMs,
    virtualOf: (realMs) => virtualAt(origins.findLast((origin) => origin.realMs <= realMs) ?? origins[0]!, realMs),
    async waitUntil(virtualMs, signal) {
      for (;;) {
        signal?.throwIfAborted();
        const left = virtualMs - nowMs();
        if (left <= 0) return;
        // Where time goes slower than its scale this is too early, and the rest is waited for again.
        const realMs = Math.max(Math.ceil(left / scale), slowWorks > 0 ? tickEveryMs : 0);
        await sleep(Math.min(realMs, longestTimerMs), undefined, { ...(signal && { signal }) });
      }
    },
    async during(work) {
      if (!isScaled) return work();
      let isSlow = false;
      const impatience = setTimeout(() => {
        isSlow = true;
        slowWorks += 1;
        if (slowWorks === 1) changeSpeed();
      }, patienceMs);
      try {
        return await work();
      } finally {
        clearTimeout(impatience);
        if (isSlow) slowWorks -= 1;
        if (isSlow && slowWorks === 0) changeSpeed();
      }
    },
    close() {
      timers.forEach((timer) => clearInterval(timer));
      write(time.at(Date.now()));
    },
  };
}
