import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createResolver } from '../../../local/step-functions/intrinsics.ts';
import { runSchedules } from '../../../local/eventbridge/schedules.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const minute = 60_000;
const schedule = (ScheduleExpression: string, rest: object = {}) => ({
  stackName: 'test',
  resources: {
    Every: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: { ScheduleExpression, Target: { Arn: 'fn', Input: '{"at":"<aws.scheduler.scheduled-time>"}' }, ...rest },
    },
  },
  parameters: {},
  conditions: {},
  mappings: {},
  assetFolders: new Map(),
});

let folder: string;
let runs: unknown[];
let abort: AbortController;
let done: Promise<void>;
const clock = fakeClock(Date.parse('2026-01-01T00:00:00Z'));
const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
};
const run = (template: ReturnType<typeof schedule>, invoke: (event: unknown) => Promise<void> = async (event) => void runs.push(event)) => {
  abort = new AbortController();
  const resolver = createResolver(template, { region: 'eu-west-1', accountId: '0', apiUrl: 'http://x' });
  const deps = {
    clock,
    invoke: (_arn: string, event: unknown) => invoke(event),
    warn: () => undefined,
    file: join(folder, 's.json'),
    shortestGapMs: 1,
  };
  done = runSchedules(resolver, deps, abort.signal);
};
const stop = async () => {
  abort.abort();
  await done;
};
const advance = async (ms: number) => {
  clock.advance(ms);
  await settled();
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'schedules-'));
  runs = [];
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

describe('a schedule', () => {
  it('runs at its times, and makes up for many with one', async () => {
    const startMs = clock.nowMs();
    run(schedule('rate(5 minutes)'));
    await advance(5 * minute - 1);
    expect(runs).toHaveLength(0);
    await advance(1);
    expect(runs).toHaveLength(1);
    await advance(52 * minute);
    expect(runs).toHaveLength(2);
    expect(runs[1]).toEqual({ at: `${new Date(startMs + 55 * minute).toISOString().slice(0, 19)}Z` });
    await advance(3 * minute);
    expect(runs).toHaveLength(3);
  });

  it('goes on after a restart where it was, without another run', async () => {
    run(schedule('rate(5 minutes)'));
    await advance(7 * minute);
    await stop();
    run(schedule('rate(5 minutes)'));
    await advance(2 * minute);
    expect(runs).toHaveLength(1);
    await advance(minute);
    expect(runs).toHaveLength(2);
  });

  it('repeats the run that a stop cut off', async () => {
    run(
      schedule('cron(0 3 1 * ? *)'),
      () => new Promise((_resolve, reject) => abort.signal.addEventListener('abort', () => reject(new Error('stopped')))),
    );
    await advance(40 * 24 * 60 * minute);
    await stop();
    run(schedule('cron(0 3 1 * ? *)'));
    await settled();
    expect(runs).toHaveLength(1);
  });

  it('does not run when it is disabled', async () => {
    run(schedule('rate(5 minutes)', { State: 'DISABLED' }));
    await advance(60 * minute);
    expect(runs).toHaveLength(0);
  });
});
