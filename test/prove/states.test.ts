import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { holds } from '../../prove/aws/states/choice.ts';
import { readDefinition, type Retrier } from '../../prove/aws/states/definition.ts';
import { matchesError, StatesError } from '../../prove/aws/states/errors.ts';
import { Execution, type End } from '../../prove/aws/states/execution.ts';
import { filled, placed, read } from '../../prove/aws/states/paths.ts';
import { Retries } from '../../prove/aws/states/retry.ts';
import { createClock } from '../../prove/time/clock.ts';

const startMs = Date.parse('2026-03-01T00:00:00Z');

type Invoke = (payload: unknown, attempt: number) => unknown;

/** Plays a definition in virtual time. An error that `invoke` throws is the task's. */
async function play(states: Record<string, object>, { input = {}, invoke = (payload) => payload, startAt = Object.keys(states)[0] as string, meanwhile }: { input?: unknown; invoke?: Invoke; startAt?: string; meanwhile?: (execution: Execution, tokens: string[], settle: (token: string, result: { output: unknown } | { error: StatesError }) => void) => [afterMs: number, action: () => void][] } = {}) {
  const clock = createClock(startMs);
  const trace: [state: string, afterMs: number][] = [];
  const tokens = new Map<string, (result: { output: unknown } | { error: StatesError }) => void>();
  let attempts = 0;
  let end: (End & { afterMs: number }) | undefined;
  const execution = new Execution(readDefinition(JSON.stringify({ StartAt: startAt, States: states })), { Execution: { Name: 'n1' } }, {
    now: () => clock.now(),
    after: (ms, action) => clock.after(ms, action),
    random: () => 0.5,
    invoke: async (_name, payload) => invoke(payload, (attempts += 1)),
    token: (settle) => {
      tokens.set(`t${tokens.size + 1}`, settle);
      return `t${tokens.size}`;
    },
    onState: (state) => trace.push([state, clock.now() - startMs]),
    onEnd: (ended) => (end = { ...ended, afterMs: clock.now() - startMs }),
  });
  execution.start(input);
  for (const [afterMs, action] of meanwhile?.(execution, [...tokens.keys()], (token, result) => tokens.get(token)?.(result)) ?? []) clock.after(afterMs, action);
  await clock.run();
  return { trace, end, attempts };
}

const task = (more: object = {}) => ({ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'f', Payload: { 'a.$': '$.a', 'name.$': '$$.Execution.Name', fixed: 1 } }, ResultSelector: { 'answer.$': '$.Payload' }, ResultPath: '$.task', ...more });
const failing = (...names: string[]): Invoke => (payload, attempt) => {
  const name = names[attempt - 1];
  if (name !== undefined) throw new StatesError(name, 'no');
  return payload;
};

describe('the interpreter of state machines', () => {
  test('knows every construct of the state machines of the shop', () => {
    const folder = join(import.meta.dirname, '../../examples/bookstore/statemachines');
    const files = readdirSync(folder).filter((name) => name.endsWith('.asl.json'));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(() => readDefinition(readFileSync(join(folder, file), 'utf8'))).not.toThrow();
  });

  test.each([
    ['a field', { A: { Type: 'Pass', End: true, Assign: {} } }, 'A: Assign is not known'],
    ['a type', { A: { Type: 'Map', End: true } }, 'A: the type Map is not known'],
    ['a target that is not there', { A: { Type: 'Pass', Next: 'B' } }, 'A: no state "B"'],
    ['a state that goes nowhere', { A: { Type: 'Pass' } }, 'A: needs either Next or End'],
  ])('refuses %s', (_what, states, problem) => {
    expect(() => readDefinition(JSON.stringify({ StartAt: 'A', States: states }))).toThrow(problem);
  });

  test('passes a task its payload, and puts what is selected of the answer into the input', async () => {
    const { end } = await play({ A: task({ End: true }) }, { input: { a: [1], keep: true } });
    expect(end).toMatchObject({ status: 'SUCCEEDED', output: { a: [1], keep: true, task: { answer: { a: [1], name: 'n1', fixed: 1 } } } });
  });

  test('waits for seconds and until an instant; one that is past takes no time', async () => {
    const { trace } = await play({ A: { Type: 'Wait', Seconds: 90, Next: 'B' }, B: { Type: 'Wait', TimestampPath: '$.until', Next: 'C' }, C: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', Next: 'D' }, D: { Type: 'Succeed' } }, { input: { until: '2026-03-01T01:00:00.500Z' } });
    expect(trace).toEqual([['A', 0], ['B', 90_000], ['C', 3_600_500], ['D', 3_600_500]]);
  });

  // AWS: States.Runtime for what is no timestamp with an offset or Z, and for seconds that are no whole number.
  test.each([{ TimestampPath: '$.bad' }, { Seconds: 1.5 }, { Seconds: -1 }])('fails an execution whose wait is %o', async (wait) => {
    const { end } = await play({ A: { Type: 'Wait', ...wait, End: true } }, { input: { bad: '2026-03-01T01:00:00' } });
    expect(end).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  test('retries by the first retrier that names the error, each with a count of its own', async () => {
    const Retry: Retrier[] = [
      { ErrorEquals: ['One'], IntervalSeconds: 10, MaxAttempts: 2, BackoffRate: 3 },
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 },
    ];
    const { end, attempts } = await play({ A: task({ Retry, End: true }) }, { input: { a: 1 }, invoke: failing('One', 'Two', 'One') });
    expect(attempts).toBe(4);
    expect(end).toMatchObject({ status: 'SUCCEEDED', afterMs: 10_000 + 1_000 + 30_000 });
  });

  test('fails with the error that no retrier takes any more', async () => {
    const { end, attempts } = await play({ A: task({ Retry: [{ ErrorEquals: ['One'] }, { ErrorEquals: ['States.ALL'] }], End: true }) }, { input: { a: 1 }, invoke: failing('One', 'One', 'One', 'One', 'One') });
    // Three attempts more by default, after 1, 2 and 4 seconds; the retrier for all errors is not asked.
    expect(attempts).toBe(4);
    expect(end).toMatchObject({ status: 'FAILED', error: 'One', afterMs: 7_000 });
  });

  test('does not retry a retrier with no attempts', () => {
    expect(new Retries([{ ErrorEquals: ['One'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }], Math.random).next('One')).toBeUndefined();
  });

  test('keeps to the longest delay, and draws the delay where jitter is full', () => {
    const retries = new Retries([{ ErrorEquals: ['One'], IntervalSeconds: 30, MaxAttempts: 12, BackoffRate: 2, MaxDelaySeconds: 100, JitterStrategy: 'FULL' }], () => 0.5);
    expect([1, 2, 3, 4].map(() => retries.next('One'))).toEqual([15, 30, 50, 50]);
  });

  test('counts retries anew each time that a state is entered', async () => {
    const states = { A: task({ Retry: [{ ErrorEquals: ['One'], MaxAttempts: 1 }], Next: 'B' }), B: { Type: 'Choice', Choices: [{ Variable: '$.task.answer.a', NumericEquals: 1, Next: 'C' }], Default: 'D' }, C: { Type: 'Pass', Result: { a: 2 }, Next: 'A' }, D: { Type: 'Succeed' } };
    const { end, attempts } = await play(states, { input: { a: 1 }, invoke: failing('One', undefined as never, 'One') });
    expect(end?.status).toBe('SUCCEEDED');
    expect(attempts).toBe(4);
  });

  test('catches what is left after the retries, and puts the error where it belongs', async () => {
    const { end } = await play({ A: task({ Retry: [{ ErrorEquals: ['One'], MaxAttempts: 1 }], Catch: [{ ErrorEquals: ['Other'], Next: 'C' }, { ErrorEquals: ['States.TaskFailed'], ResultPath: '$.error', Next: 'B' }], End: true }), B: { Type: 'Succeed' }, C: { Type: 'Fail' } }, { input: { a: 1 }, invoke: failing('One', 'One') });
    expect(end).toMatchObject({ status: 'SUCCEEDED', output: { a: 1, error: { Error: 'One', Cause: 'no' } } });
  });

  test.each([
    [['States.TaskFailed'], 'SendThrottled', true],
    [['States.TaskFailed'], 'Lambda.Unknown', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.Runtime', false],
    [['States.ALL'], 'States.DataLimitExceeded', false],
    [['States.Timeout'], 'States.Timeout', true],
    [['One', 'Two'], 'Two', true],
    [['One'], 'OneMore', false],
  ])('%o names %s: %s', (patterns, name, expected) => {
    expect(matchesError(patterns, name)).toBe(expected);
  });

  test('waits for a token, and goes on with what it is given', async () => {
    const states = { A: task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters: { FunctionName: 'f', Payload: { 'token.$': '$$.Task.Token' } }, ResultSelector: undefined, TimeoutSeconds: 100, End: true }) };
    const payloads: unknown[] = [];
    const invoke = (payload: unknown) => payloads.push(payload);
    const { end } = await play(states, { invoke, meanwhile: (_execution, [token = ''], settle) => [[5_000, () => settle(token, { output: { seen: true } })], [6_000, () => settle(token, { output: 'late' })]] });
    expect(payloads).toEqual([{ token: 't1' }]);
    expect(end).toMatchObject({ status: 'SUCCEEDED', afterMs: 5_000, output: { task: { seen: true } } });
  });

  test('gives up waiting for a token after the time out, which is an error by name', async () => {
    const states = { A: task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', TimeoutSeconds: 100, Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: '$.out', Next: 'B' }], End: true }), B: { Type: 'Succeed' } };
    const { end } = await play(states, { input: { a: 1 }, invoke: () => null });
    expect(end).toMatchObject({ status: 'SUCCEEDED', afterMs: 100_000, output: { a: 1, out: { Error: 'States.Timeout' } } });
  });

  test('is stopped from outside; the answer of a task that is under way comes to nothing', async () => {
    const { end, trace } = await play({ A: { Type: 'Wait', Seconds: 100, Next: 'B' }, B: { Type: 'Succeed' } }, { meanwhile: (execution) => [[50_000, () => execution.stop('Exited', 'purchase')], [60_000, () => execution.stop('again')]] });
    expect(end).toEqual({ status: 'ABORTED', error: 'Exited', cause: 'purchase', afterMs: 50_000 });
    expect(trace).toEqual([['A', 0]]);
  });

  test('fails where a path of a payload or of a choice leads nowhere, or no choice matches', async () => {
    const errorOf = async (states: Record<string, object>) => (await play(states)).end?.error;
    expect(await errorOf({ A: task({ End: true }) })).toBe('States.ParameterPathFailure');
    expect(await errorOf({ A: { Type: 'Choice', Choices: [{ Variable: '$.x', StringEquals: 'a', Next: 'B' }] }, B: { Type: 'Succeed' } })).toBe('States.Runtime');
    expect(await errorOf({ A: { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'B' }] }, B: { Type: 'Succeed' } })).toBe('States.NoChoiceMatched');
  });
});

describe('choices', () => {
  const input = { text: 'abc', number: 3, nothing: null, at: '2026-03-01T00:00:00Z', flag: true };
  test.each([
    [{ Variable: '$.text', StringEquals: 'abc' }, true],
    [{ Variable: '$.number', StringEquals: '3' }, false],
    [{ Variable: '$.text', StringMatches: 'a*c' }, true],
    [{ Variable: '$.text', StringMatches: 'a*b' }, false],
    [{ Variable: '$.number', NumericGreaterThanEquals: 3 }, true],
    [{ Variable: '$.number', NumericLessThanPath: '$.number' }, false],
    [{ Variable: '$.at', TimestampLessThan: '2026-03-01T00:00:00.001Z' }, true],
    [{ Variable: '$.flag', BooleanEquals: true }, true],
    [{ Variable: '$.nothing', IsNull: true }, true],
    [{ Variable: '$.gone', IsPresent: false }, true],
    [{ Variable: '$.nothing', IsPresent: true }, true],
    [{ Not: { Variable: '$.flag', BooleanEquals: true } }, false],
    [{ And: [{ Variable: '$.flag', BooleanEquals: true }, { Variable: '$.number', NumericEquals: 3 }] }, true],
    [{ Or: [{ Variable: '$.flag', BooleanEquals: false }, { Variable: '$.number', NumericEquals: 3 }] }, true],
  ])('%o is %s', (rule, expected) => {
    expect(holds(rule, input, {})).toBe(expected);
  });
});

describe('paths', () => {
  test('read objects, lists and the context, and nothing that is inherited', () => {
    expect(['$.a.b', "$['a']['b']", '$.list[1]', '$$.Task.Token', '$.constructor', '$'].map((path) => read(path, { a: { b: 1 }, list: [1, 2] }, { Task: { Token: 't' } }))).toEqual([1, 1, 2, 't', undefined, { a: { b: 1 }, list: [1, 2] }]);
  });

  test('fill nested templates', () => {
    expect(filled({ a: { 'b.$': '$.x', c: [{ 'd.$': '$.x' }] } }, { x: 1 }, {})).toEqual({ a: { b: 1, c: [{ d: 1 }] } });
  });

  test('place results, and leave the input as it was', () => {
    const input = { a: { b: 1 } };
    expect([placed('$.a.c', input, 2), placed(null, input, 2), placed(undefined, input, 2), placed('$', input, 2)]).toEqual([{ a: { b: 1, c: 2 } }, input, 2, 2]);
    expect(input).toEqual({ a: { b: 1 } });
  });
});
