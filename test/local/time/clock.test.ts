import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openClock } from '../../../local/time/clock.ts';

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
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const open = (scale: number) => openClock({ file: join(folder, 'clock.json'), scale, startAtMs });

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

describe('waiting', () => {
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
