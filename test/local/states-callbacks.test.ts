import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnsupportedDefinition } from '../../local/states-definition.ts';
import { openStates, type States } from '../../local/states.ts';
import { fakeClock } from '../support/fake-clock.ts';

const machineArn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:welcome';
const waiting = (rest: object = {}) => ({
  StartAt: 'Look',
  States: {
    Look: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: 'send', Payload: { 'who.$': '$.who', 'token.$': '$$.Task.Token' } },
      TimeoutSeconds: 100,
      ResultPath: '$.look',
      Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: '$.late', Next: 'Late' }],
      Next: 'Done',
      ...rest,
    },
    Late: { Type: 'Pass', Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
});

let folder: string;
let clock: ReturnType<typeof fakeClock>;
let calls: { who: string; token: string }[];
let onCall: (token: string) => void;
let states: States;

const invoke = async (_function: string, event: unknown) => {
  const call = event as { who: string; token: string };
  calls.push(call);
  onCall(call.token);
  return { ignored: true };
};
const open = (definition: object = waiting()) => openStates([{ arn: machineArn, name: 'welcome', definition: JSON.stringify(definition) }], folder, { clock, invoke });
const start = (name = 'one') => states.start(machineArn, name, '{"who":"ada"}').arn;
const settled = async () => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const ended = async (arn: string) => {
  await expect.poll(() => states.describe(arn).status, { interval: 1 }).not.toBe('RUNNING');
  return states.describe(arn);
};
const outputOf = async (arn: string) => JSON.parse((await ended(arn)).ended?.output ?? '{}') as object;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'segue-callbacks-'));
  clock = fakeClock(Date.parse('2026-03-01T00:00:00Z'));
  calls = [];
  onCall = () => {};
  states = open();
});
afterEach(async () => {
  await states.close();
  rmSync(folder, { recursive: true });
});

describe('a task that waits for its token', () => {
  it('calls its function with the token, and goes on with what comes back, not with what the function answers', async () => {
    const arn = start();
    await settled();
    expect(calls).toEqual([{ who: 'ada', token: expect.any(String) }]);
    expect(states.describe(arn).status).toBe('RUNNING');
    states.settleTask(calls[0]!.token, { output: { happenedAtMs: 5 } });
    expect(await outputOf(arn)).toEqual({ who: 'ada', look: { happenedAtMs: 5 } });
  });

  it('may get its token back from the function itself', async () => {
    onCall = (token) => states.settleTask(token, { output: 'at once' });
    expect(await outputOf(start())).toMatchObject({ look: 'at once' });
  });

  it('goes on another way when its time is over, and takes no token then', async () => {
    const arn = start();
    await settled();
    clock.advance(100_000);
    expect(await outputOf(arn)).toMatchObject({ late: { Error: 'States.Timeout' } });
    expect(() => states.settleTask(calls[0]!.token, { output: 1 })).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
  });

  it('fails as it is told to', async () => {
    const arn = start();
    await settled();
    states.settleTask(calls[0]!.token, { error: 'Broken', cause: 'no reason' });
    expect((await ended(arn)).ended).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'no reason' });
  });

  it('has a token of its own in each execution and each attempt', async () => {
    await states.close();
    states = open(waiting({ Retry: [{ ErrorEquals: ['Again'], IntervalSeconds: 1, MaxAttempts: 1 }] }));
    start('one');
    const arn = start('two');
    await settled();
    states.settleTask(calls[1]!.token, { error: 'Again', cause: '' });
    await settled();
    clock.advance(1000);
    await settled();
    expect(new Set(calls.map(({ token }) => token)).size).toBe(3);
    states.settleTask(calls[2]!.token, { output: 1 });
    expect((await ended(arn)).status).toBe('SUCCEEDED');
  });

  it('goes on waiting after a restart with the same token and time, without another call', async () => {
    const arn = start();
    await settled();
    clock.advance(60_000);
    await states.close();
    states = open();
    await settled();
    expect(calls).toHaveLength(1);
    expect(states.describe(arn).status).toBe('RUNNING');
    const late = start('two');
    await settled();
    states.settleTask(calls[0]!.token, { output: 2 });
    expect(await outputOf(arn)).toMatchObject({ look: 2 });
    await states.close();
    states = open();
    await settled();
    clock.advance(100_000);
    expect(await outputOf(late)).toMatchObject({ late: { Error: 'States.Timeout' } });
  });

  it('does not hold up a stop', async () => {
    const arn = start();
    await settled();
    states.stop(arn, 'Exited', 'bought');
    expect((await ended(arn)).status).toBe('ABORTED');
    expect(() => states.settleTask(calls[0]!.token, { output: 1 })).toThrow();
  });
});

it('knows its own tokens from others', () => {
  expect(() => states.settleTask('nonsense', { output: 1 })).toThrow(expect.objectContaining({ code: 'InvalidToken' }));
});

it('gives a token to no other task, which would wait for nobody', () => {
  expect(() => open(waiting({ Resource: 'arn:aws:states:::lambda:invoke' }))).toThrow(UnsupportedDefinition);
});
