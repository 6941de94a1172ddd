import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openClock, type Clock } from '../../../local/time/clock.ts';
import { SharedTime } from '../../../local/time/virtual-time.ts';

const day = 86_400_000;
const startAtMs = Date.parse('2026-01-01T00:00:00Z');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clock-'));
  vi.useFakeTimers({
    now: Date.parse('2026-06-01T00:00:00Z'),
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  });
});
afterEach(() => {
  clocks.splice(0).forEach((clock) => clock.close());
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const clocks: Clock[] = [];
const open = (scale: number) => {
  const clock = openClock({ file: join(folder, 'clock.json'), scale, startAtMs });
  clocks.push(clock);
  return clock;
};

describe('the virtual clock', () => {
  it('runs at its scale from where it was told to start', () => {
    const clock = open(3600);
    vi.advanceTimersByTime(2_000);
    expect(clock.nowMs()).toBe(startAtMs + 2 * 3_600_000);
  });

  it('stands still while it is closed, and goes on at the scale of the next start', () => {
    const first = open(3600);
    vi.advanceTimersByTime(1_000);
    first.close();
    vi.advanceTimersByTime(5 * day);
    const second = open(60);
    expect(second.nowMs()).toBe(startAtMs + 3_600_000);
    vi.advanceTimersByTime(1_000);
    expect(second.nowMs()).toBe(startAtMs + 3_600_000 + 60_000);
  });

  it('never runs backwards, even when it was killed just before it would have written its time', () => {
    // What the functions see: they reckon for themselves, and nobody asks this clock.
    for (const livedMs of [1, 499, 500, 777]) {
      const killed = open(3600);
      vi.advanceTimersByTime(livedMs);
      const lastSeen = killed.virtualOf(Date.now());
      vi.clearAllTimers();
      expect(open(3600).nowMs()).toBeGreaterThanOrEqual(lastSeen);
    }
  });

  it('never runs backwards after a kill of a machine too busy to write in time', () => {
    const killed = open(3600);
    vi.clearAllTimers();
    vi.advanceTimersByTime(60_000);
    const lastSeen = killed.nowMs();
    expect(open(3600).nowMs()).toBeGreaterThanOrEqual(lastSeen);
  });
});

describe('a machine that does not keep up', () => {
  it('has virtual time pass at real speed while a call takes long, and at its scale again afterwards', async () => {
    const clock = open(3600);
    let finish: () => void = () => undefined;
    const call = clock.during(() => new Promise<void>((resolve) => (finish = resolve)));
    vi.advanceTimersByTime(50);
    const slowSince = clock.nowMs();
    expect(slowSince).toBe(startAtMs + 50 * 3600);
    vi.advanceTimersByTime(10_000);
    expect(clock.nowMs()).toBe(slowSince + 10_000);
    finish();
    await call;
    vi.advanceTimersByTime(1_000);
    expect(clock.nowMs()).toBe(slowSince + 10_000 + 3_600_000);
    // What came in meanwhile came in when it did.
    expect(clock.virtualOf(Date.now() - 6_000)).toBe(slowSince + 5_000);
  });

  it('goes on slowly until the last of several calls is done', async () => {
    const clock = open(3600);
    const finish: (() => void)[] = [];
    const calls = [1, 2].map(() => clock.during(() => new Promise<void>((resolve) => finish.push(resolve))));
    vi.advanceTimersByTime(50);
    const slowSince = clock.nowMs();
    finish[0]!();
    await calls[0];
    vi.advanceTimersByTime(1_000);
    expect(clock.nowMs()).toBe(slowSince + 1_000);
    finish[1]!();
    await calls[1];
    vi.advanceTimersByTime(1_000);
    expect(clock.nowMs()).toBe(slowSince + 1_000 + 3_600_000);
  });

  it('loses no time for a call that fails, and tells what it threw', async () => {
    const clock = open(3600);
    const failing = clock.during(() => new Promise((_, reject) => setTimeout(() => reject(new Error('no')), 100)));
    vi.advanceTimersByTime(100);
    await expect(failing).rejects.toThrow('no');
    const sinceMs = clock.nowMs();
    vi.advanceTimersByTime(1_000);
    expect(clock.nowMs()).toBe(sinceMs + 3_600_000);
  });

  it('has virtual time stand still while the process does not get to run, for the threads of functions as well', () => {
    const clock = open(3600);
    vi.advanceTimersByTime(1_000);
    const beforeMs = clock.nowMs();
    vi.setSystemTime(Date.now() + 60_000);
    expect(clock.nowMs()).toBe(beforeMs + 50 * 3600);
    expect(new SharedTime(clock.time.memory).at(Date.now())).toBe(beforeMs + 50 * 3600);
    vi.advanceTimersByTime(1_000);
    expect(clock.nowMs()).toBeLessThanOrEqual(beforeMs + 1_050 * 3600);
    expect(clock.nowMs()).toBeGreaterThan(beforeMs + 900 * 3600);
  });

  it('changes nothing without a time scale', async () => {
    const clock = open(1);
    vi.setSystemTime(Date.now() + 60_000);
    expect(clock.nowMs()).toBe(startAtMs + 60_000);
    await clock.during(async () => vi.advanceTimersByTime(5_000));
    expect(clock.nowMs()).toBe(startAtMs + 65_000);
  });
});

describe('waiting', () => {
  it('lasts as long as virtual time takes on a slow machine', async () => {
    vi.useRealTimers();
    const clock = open(36_000);
    const untilMs = clock.nowMs() + 36_000 * 150;
    let isOver = false;
    const waiting = clock.waitUntil(untilMs).then(() => (isOver = true));
    await clock.during(() => new Promise((resolve) => setTimeout(resolve, 400)));
    expect(isOver).toBe(false);
    await waiting;
    expect(clock.nowMs()).toBeGreaterThanOrEqual(untilMs);
  });

  it('ends at the instant and not before', async () => {
    vi.useRealTimers();
    const clock = open(36_000);
    const until = clock.nowMs() + 3_600_000;
    await clock.waitUntil(until);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(until);
  });

  it('ends when the signal aborts', async () => {
    vi.useRealTimers();
    const abort = new AbortController();
    const waiting = open(1).waitUntil(startAtMs + 100 * day, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does not keep the machine busy when it is longer than a Node timer', async () => {
    vi.useRealTimers();
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => void warnings.push(name);
    process.on('warning', onWarning);
    const abort = new AbortController();
    const waiting = open(1).waitUntil(startAtMs + 60 * day, abort.signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('warning', onWarning);
    abort.abort();
    await expect(waiting).rejects.toThrow();
    // Node's, for a delay that it shortened to a millisecond.
    expect(warnings).toEqual([]);
  });
});
