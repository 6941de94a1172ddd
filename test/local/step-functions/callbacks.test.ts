import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnsupportedDefinition } from '../../../local/step-functions/definition.ts';
import { openStates, type States } from '../../../local/step-functions/states.ts';
import { fakeClock } from '../../support/fake-clock.ts';

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
let onCall: (token: string) => unknown;
let states: States;

const invoke = async (_function: string, event: unknown) => {
  const call = event as { who: string; token: string };
  calls.push(call);
  await onCall(call.token);
  return { ignored: true };
};
const never = () => new Promise(() => {});
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

  it('takes its token right after a restart, before it has caught up', async () => {
    const { States } = waiting();
    const definition = { StartAt: 'Before', States: { Before: { Type: 'Wait', Seconds: 1, Next: 'Also' }, Also: { Type: 'Pass', Next: 'Look' }, ...States } };
    await states.close();
    states = open(definition);
    const arn = start();
    await settled();
    clock.advance(1000);
    await settled();
    await states.close();
    states = open(definition);
    states.settleTask(calls[0]!.token, { output: 3 });
    expect(await outputOf(arn)).toMatchObject({ look: 3 });
  });

  it('keeps what came back over a restart, without another call', async () => {
    onCall = never;
    const arn = start();
    await settled();
    states.settleTask(calls[0]!.token, { output: 4 });
    // Killed before the execution could go on.
    void states.close();
    states = open();
    expect(await outputOf(arn)).toMatchObject({ look: 4 });
    expect(calls).toHaveLength(1);
  });

  it('calls its function again with the same token when it was not through at a restart', async () => {
    onCall = never;
    const arn = start();
    await settled();
    await states.close();
    states = open();
    await settled();
    expect(calls[1]).toEqual(calls[0]);
    states.settleTask(calls[1]!.token, { output: 5 });
    expect(await outputOf(arn)).toMatchObject({ look: 5 });
  });

  it('takes its token once', async () => {
    const both = waiting({ Next: 'Idle' });
    await states.close();
    states = open({ ...both, States: { ...both.States, Idle: { Type: 'Wait', Seconds: 9, Next: 'Done' } } });
    const arn = start();
    await settled();
    states.settleTask(calls[0]!.token, { output: 1 });
    expect(() => states.settleTask(calls[0]!.token, { output: 2 })).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
    await settled();
    expect(() => states.settleTask(calls[0]!.token, { output: 3 })).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
    clock.advance(9000);
    expect(await outputOf(arn)).toMatchObject({ look: 1 });
  });

  it('takes no token after its time, even before it has caught up with that', async () => {
    start();
    await settled();
    await states.close();
    clock.advance(100_000);
    states = open();
    expect(() => states.settleTask(calls[0]!.token, { output: 1 })).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
  });

  it('counts the time of its function', async () => {
    onCall = never;
    const arn = start();
    await settled();
    clock.advance(100_000);
    expect(await outputOf(arn)).toMatchObject({ late: { Error: 'States.Timeout' } });
  });

  it('fails as its function does', async () => {
    onCall = () => Promise.reject(new Error('no such wait'));
    expect((await ended(start())).ended).toMatchObject({ status: 'FAILED', error: 'Lambda.Unknown', cause: 'Error: no such wait' });
  });

  it('may stand in a branch of a Parallel', async () => {
    const { Catch: _catch, Next: _next, ...look } = waiting().States.Look;
    await states.close();
    states = open({ StartAt: 'Both', States: { Both: { Type: 'Parallel', Branches: [{ StartAt: 'Look', States: { Look: { ...look, End: true } } }], End: true } } });
    const arn = start();
    await settled();
    states.settleTask(calls[0]!.token, { output: 6 });
    expect(await outputOf(arn)).toMatchObject([{ look: 6 }]);
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

it.each([
  ['to no other task, which would wait for nobody', { Resource: 'arn:aws:states:::lambda:invoke' }],
  ['as a whole only, since intrinsics do not know it', { Parameters: { 'token.$': "States.Format('t-{}', $$.Task.Token)" } }],
  ['and nothing else of the task', { Parameters: { 'task.$': '$$.Task' } }],
])('gives a token %s', (_what, change) => {
  expect(() => open(waiting(change))).toThrow(UnsupportedDefinition);
});
