import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../local/time/clock.ts';
import { FunctionError } from '../../../local/lambda/functions.ts';
import { prepareDefinition } from '../../../local/step-functions/definition.ts';
import { openStates, type Execution, type States } from '../../../local/step-functions/states.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const machineArn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:cart';
const lambdaTask = (step: string, rest: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: 'send', Payload: { step, 'who.$': '$.who' } },
  ResultPath: `$.${step}`,
  ...rest,
});
const twoSteps = {
  StartAt: 'Wait',
  States: {
    Wait: { Type: 'Wait', Seconds: 100, Next: 'First' },
    First: lambdaTask('first', { Next: 'Again?' }),
    'Again?': { Type: 'Choice', Choices: [{ Variable: '$.first.Payload.until', IsPresent: true, Next: 'Later' }], Default: 'Second' },
    Later: { Type: 'Wait', TimestampPath: '$.first.Payload.until', Next: 'First' },
    Second: lambdaTask('second', { End: true }),
  },
};

let folder: string;
let clock: ReturnType<typeof fakeClock>;
let calls: string[];
let answer: (step: string) => unknown;
let states: States;

const invoke = async (_function: string, event: unknown) => {
  const { step } = event as { step: string };
  calls.push(step);
  return answer(step);
};
const open = (definition: object = twoSteps, extra: { waitSliceMs?: number; clock?: Clock } = {}) =>
  openStates([{ arn: machineArn, name: 'cart', definition: JSON.stringify(definition) }], folder, { clock, invoke, ...extra });
const start = (name = 'one') => states.start(machineArn, name, '{"who":"ada"}').arn;
/** Lets everything happen that needs no time to pass. */
const settled = async () => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const ended = async (arn: string): Promise<Execution> => {
  await expect.poll(() => states.describe(arn).status, { interval: 1 }).not.toBe('RUNNING');
  return states.describe(arn);
};
const entered = (arn: string) =>
  states
    .describe(arn)
    .history.filter(({ type }) => type === 'entered')
    .map(({ state }) => state);
const restart = async (definition?: object) => {
  await states.close();
  states = open(definition);
  await settled();
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'states-'));
  clock = fakeClock(1_000_000);
  calls = [];
  answer = (step) => ({ done: step });
  states = open();
});
afterEach(async () => {
  await states.close();
  rmSync(folder, { recursive: true });
});

it('starts nothing after it was closed: what comes then goes on at the next start', async () => {
  await states.close();
  const arn = start();
  clock.advance(200_000);
  await settled();
  expect([calls, states.describe(arn).status]).toEqual([[], 'RUNNING']);
  states = open();
  clock.advance(200_000);
  expect((await ended(arn)).status).toBe('SUCCEEDED');
  expect(calls).toEqual(['first', 'second']);
});

describe('an execution', () => {
  it('waits in virtual time, calls its function and ends with its result', async () => {
    const arn = start();
    await settled();
    clock.advance(99_999);
    await settled();
    expect(calls).toEqual([]);
    clock.advance(1);
    const { status, ended: end, history, transitions } = await ended(arn);
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(end!.output!)).toMatchObject({
      who: 'ada',
      first: { Payload: { done: 'first' }, StatusCode: 200 },
      second: { Payload: { done: 'second' } },
    });
    expect(history.map(({ type, state }) => `${type} ${state}`)).toEqual(
      ['Wait', 'First', 'Again?', 'Second'].flatMap((state) => [`entered ${state}`, `exited ${state}`]),
    );
    expect(history.find(({ state }) => state === 'First')!.atMs).toBe(1_100_000);
    expect(transitions).toBe(4);
  });

  it('goes round a loop that its function asks for', async () => {
    answer = (step) => (step === 'first' && calls.length < 3 ? { until: new Date(clock.nowMs() + 5_000).toISOString() } : {});
    const arn = start();
    const counts: number[] = [];
    for (const ms of [100_000, 4_999, 1, 4_999, 1]) {
      await settled();
      clock.advance(ms);
      await settled();
      counts.push(calls.length);
    }
    await ended(arn);
    expect(counts).toEqual([1, 1, 2, 2, 4]);
    expect(calls).toEqual(['first', 'first', 'first', 'second']);
  });

  it('has a name that is never used again', async () => {
    const arn = start();
    expect(states.start(machineArn, 'one', '{"who":"ada"}').arn).toBe(arn);
    expect(() => states.start(machineArn, 'one', '{"who":"bob"}')).toThrow(expect.objectContaining({ code: 'ExecutionAlreadyExists' }));
    clock.advance(100_000);
    await ended(arn);
    expect(() => start()).toThrow(expect.objectContaining({ code: 'ExecutionAlreadyExists' }));
    await restart();
    expect(() => start()).toThrow(expect.objectContaining({ code: 'ExecutionAlreadyExists' }));
  });

  it.each(['../x', '', 'a/b', 'a'.repeat(81)])('refuses the name %j', (name) =>
    expect(() => start(name)).toThrow(expect.objectContaining({ code: 'InvalidName' })),
  );

  it('ends with the error of its function, which Catch and Retry can name', async () => {
    answer = () => {
      throw new FunctionError('SendRejected', 'no');
    };
    const arn = start();
    await settled();
    clock.advance(100_000);
    const { status, ended: end } = await ended(arn);
    expect([status, end!.error]).toEqual(['FAILED', 'SendRejected']);
    expect(JSON.parse(end!.cause!)).toMatchObject({ errorMessage: 'no', errorType: 'SendRejected' });
  });

  it('catches an error by its name', async () => {
    states = open({
      StartAt: 'Send',
      States: {
        Send: lambdaTask('first', { Catch: [{ ErrorEquals: ['Odd'], Next: 'Caught', ResultPath: '$.error' }], End: true }),
        Caught: { Type: 'Pass', End: true },
      },
    });
    answer = () => {
      throw new FunctionError('Odd', 'x');
    };
    const { status, ended: end } = await ended(start());
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(end!.output!)).toMatchObject({ error: { Error: 'Odd' } });
  });

  it('times out in virtual time', async () => {
    states = open({ ...twoSteps, TimeoutSeconds: 50 });
    const arn = start();
    await settled();
    clock.advance(50_000);
    expect((await ended(arn)).status).toBe('TIMED_OUT');
    clock.advance(100_000);
    await settled();
    expect(calls).toEqual([]);
  });

  it('outlasts a wait that is longer than a timer', async () => {
    const real = new Map<number, number>();
    const counting: Clock = { ...clock, waitUntil: (ms, signal) => (real.set(ms, (real.get(ms) ?? 0) + 1), clock.waitUntil(ms, signal)) };
    states = open(twoSteps, { waitSliceMs: 30_000, clock: counting });
    const arn = start();
    for (let step = 0; step < 4; step += 1) {
      await settled();
      clock.advance(30_000);
    }
    expect((await ended(arn)).status).toBe('SUCCEEDED');
    expect(real.size).toBe(4);
  });
});

describe('retries', () => {
  const retrying = (Retry: object[]) => ({ StartAt: 'Send', States: { Send: lambdaTask('first', { Retry, End: true }) } });
  const failing = () => {
    throw new FunctionError('SendThrottled', 'later');
  };

  it('come after virtual intervals that grow', async () => {
    states = open(retrying([{ ErrorEquals: ['SendThrottled'], IntervalSeconds: 30, BackoffRate: 2, MaxAttempts: 3, MaxDelaySeconds: 50 }]));
    answer = failing;
    const arn = start();
    const times: number[] = [];
    for (let second = 0; second <= 140; second += 1) {
      await settled();
      while (times.length < calls.length) times.push(second);
      clock.advance(1_000);
    }
    expect(times).toEqual([0, 30, 80, 130]);
    expect((await ended(arn)).ended!.error).toBe('SendThrottled');
    expect(states.describe(arn).transitions).toBe(4);
  });

  it('are not given for another error', async () => {
    states = open(retrying([{ ErrorEquals: ['SendRejected'], MaxAttempts: 3 }]));
    answer = failing;
    await ended(start());
    expect(calls).toHaveLength(1);
  });

  it('are not given again after a restart', async () => {
    const definition = retrying([{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 10, BackoffRate: 1, MaxAttempts: 2 }]);
    states = open(definition);
    answer = failing;
    const arn = start();
    await settled();
    clock.advance(10_000);
    await settled();
    expect(calls).toHaveLength(2);
    await restart(definition);
    clock.advance(9_999);
    await settled();
    expect(calls).toHaveLength(2);
    clock.advance(1);
    await ended(arn);
    expect(calls).toHaveLength(3);
  });
});

describe('a restart', () => {
  it('keeps the deadline of a wait that had begun', async () => {
    const arn = start();
    await settled();
    clock.advance(60_000);
    await restart();
    clock.advance(39_999);
    await settled();
    expect(calls).toEqual([]);
    clock.advance(1);
    await ended(arn);
    expect(calls).toEqual(['first', 'second']);
  });

  it('does not call again what had answered, in loops neither, and keeps the history', async () => {
    answer = (step) =>
      step === 'first' && calls.length === 1 ? { until: new Date(clock.nowMs() + 5_000).toISOString(), round: 1 } : { round: 2 };
    const arn = start();
    await settled();
    clock.advance(100_000);
    await settled();
    const before = states.describe(arn).history;
    await restart();
    expect(states.describe(arn).history).toEqual(before);
    clock.advance(5_000);
    const { ended: end } = await ended(arn);
    expect(calls).toEqual(['first', 'first', 'second']);
    expect(JSON.parse(end!.output!)).toMatchObject({ first: { Payload: { round: 2 } } });
    expect(entered(arn)).toEqual(['Wait', 'First', 'Again?', 'Later', 'First', 'Again?', 'Second']);
  });

  it('calls a function again whose answer was lost', async () => {
    answer = () => new Promise(() => undefined);
    const arn = start();
    await settled();
    clock.advance(100_000);
    await settled();
    answer = (step) => ({ done: step });
    await restart();
    await ended(arn);
    expect(calls).toEqual(['first', 'first', 'second']);
  });

  it('does not take a function that it was cut off from for one that failed', async () => {
    let fail: (error: Error) => void = () => undefined;
    answer = () => new Promise((_resolve, reject) => (fail = reject));
    const arn = start();
    await settled();
    clock.advance(100_000);
    await settled();
    await states.close();
    fail(new FunctionError('ServiceException', 'the runtime is stopping'));
    await settled();
    answer = (step) => ({ done: step });
    states = open();
    expect((await ended(arn)).status).toBe('SUCCEEDED');
  });

  it('runs the definition that the execution started with', async () => {
    const arn = start();
    await settled();
    await restart({ StartAt: 'Other', States: { Other: { Type: 'Succeed' } } });
    clock.advance(100_000);
    await ended(arn);
    expect(entered(arn)).toContain('Second');
  });

  it('overlooks a line that a kill cut off', async () => {
    const arn = start();
    await settled();
    await states.close();
    const file = join(folder, 'cart', readdirSync(join(folder, 'cart'))[0]!);
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"type":"result","sta`);
    states = open();
    clock.advance(100_000);
    expect((await ended(arn)).status).toBe('SUCCEEDED');
    await restart();
    expect(states.describe(arn).status).toBe('SUCCEEDED');
  });
});

describe('stopping', () => {
  it('ends a waiting execution with the cause, for good', async () => {
    const arn = start();
    await settled();
    clock.advance(10_000);
    states.stop(arn, 'Exited', 'purchase');
    clock.advance(200_000);
    await settled();
    await restart();
    expect(calls).toEqual([]);
    expect(states.describe(arn)).toMatchObject({ status: 'ABORTED', ended: { error: 'Exited', cause: 'purchase', atMs: 1_010_000 } });
  });

  it('discards what comes back from a function that was at work', async () => {
    let finish: (value: unknown) => void = () => undefined;
    answer = () => new Promise((resolve) => (finish = resolve));
    const arn = start();
    await settled();
    clock.advance(100_000);
    await settled();
    states.stop(arn, 'Exited', 'purchase');
    finish({ done: 'first' });
    await settled();
    expect(states.describe(arn).status).toBe('ABORTED');
    expect(calls).toEqual(['first']);
    expect(readFileSync(join(folder, 'cart', 'one.jsonl'), 'utf8')).not.toContain('"result"');
  });

  it('leaves an execution that has ended as it is, and knows no other', async () => {
    const arn = start();
    await settled();
    clock.advance(100_000);
    await ended(arn);
    expect(states.stop(arn).status).toBe('SUCCEEDED');
    expect(() => states.stop(`${arn}x`)).toThrow(expect.objectContaining({ code: 'ExecutionDoesNotExist' }));
  });
});

describe('a definition that would run wrongly', () => {
  const one = (state: object) => JSON.stringify({ StartAt: 'S', States: { S: state } });
  it.each([
    [
      'JSONata for all',
      JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'S', States: { S: { Type: 'Succeed' } } }),
      /QueryLanguage JSONata/,
    ],
    ['JSONata for one state', one({ Type: 'Pass', QueryLanguage: 'JSONata', End: true }), /state "S": QueryLanguage/],
    ['a Map', one({ Type: 'Map', End: true }), /Map is not supported/],
    ['another service', one({ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true }), /sqs:sendMessage/],
    ['a task token without the resource for it', one({ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { 'x.$': '$$.Task.Token' }, End: true }), /Task\.Token/],
    ['variables', one({ Type: 'Pass', Assign: { x: 1 }, End: true }), /Assign/],
    ['the context object', one({ Type: 'Pass', Parameters: { 'x.$': '$$.State.EnteredTime' }, End: true }), /\$\$\.State\.EnteredTime/],
  ])('is refused: %s', (_name, definition, message) => expect(() => prepareDefinition(definition)).toThrow(message));

  it.each(['IsPresent', 'IsNull', 'IsString'])('%s: false works though the interpreter never matches it', async (operator) => {
    const test = { Variable: '$.who', [operator]: false, Next: 'No' };
    states = open({
      StartAt: 'C',
      States: { C: { Type: 'Choice', Choices: [test], Default: 'Yes' }, No: { Type: 'Pass', End: true }, Yes: { Type: 'Pass', End: true } },
    });
    const given = { IsPresent: {}, IsNull: { who: 'ada' }, IsString: { who: 1 } }[operator];
    const { arn } = states.start(machineArn, 'negative', JSON.stringify(given));
    await ended(arn);
    expect(entered(arn)).toEqual(['C', 'No']);
  });

  it('gives the start of the execution in virtual time', async () => {
    states = open({
      StartAt: 'P',
      States: { P: { Type: 'Pass', Parameters: { 'at.$': '$$.Execution.StartTime', 'name.$': '$$.Execution.Name' }, End: true } },
    });
    const { ended: end } = await ended(start());
    expect(JSON.parse(end!.output!)).toEqual({ at: new Date(1_000_000).toISOString(), name: 'one' });
  });
});
