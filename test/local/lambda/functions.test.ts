import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openClock, type Clock } from '../../../local/time/clock.ts';
import { createFunctions, type Functions } from '../../../local/lambda/functions.ts';

const virtualMs = Date.parse('2030-01-01T00:00:00Z');
let folder: string;
let functions: Functions;
let clock: Clock;

const open = (source: string, { timeoutMs = 10_000, maxConcurrency = 2 } = {}) => {
  mkdirSync(join(folder, 'code'));
  writeFileSync(join(folder, 'code', 'index.mjs'), source);
  const definition = {
    name: 'fn',
    arn: 'arn:fn',
    folder: join(folder, 'code'),
    handler: 'index.handler',
    environment: { TABLE: 'profiles' },
    timeoutMs,
    memoryMb: 128,
  };
  functions = createFunctions({
    definitions: [definition],
    clock,
    logFolder: join(folder, 'logs'),
    verbose: false,
    maxConcurrency,
  });
};
const failure = (event: unknown = {}) =>
  functions.invoke('fn', event).then(
    () => undefined,
    (error: unknown) => error,
  );

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'functions-'));
  clock = openClock({ file: join(folder, 'clock.json'), scale: 60, startAtMs: virtualMs });
});
afterEach(async () => {
  clock.close();
  await functions.close();
  rmSync(folder, { recursive: true });
});

describe('a function', () => {
  it('gets its event and context, and its own environment only', async () => {
    process.env.SECRET_OF_THE_RUNTIME = 'x';
    open(
      `export const handler = async (event, context) => ({ event, env: process.env, left: context.getRemainingTimeInMillis(), arn: context.invokedFunctionArn });`,
    );
    const answer = (await functions.invoke('arn:fn', { a: 1 })) as { event: unknown; env: object; left: number; arn: string };
    expect(answer).toMatchObject({ event: { a: 1 }, env: { TABLE: 'profiles' }, arn: 'arn:fn' });
    expect(answer.env).not.toHaveProperty('SECRET_OF_THE_RUNTIME');
    expect(answer.left).toBeGreaterThan(0);
    expect(answer.left).toBeLessThanOrEqual(10_000);
  });

  it('lives in virtual time, with dates that still work', async () => {
    open(
      `export const handler = async () => ({ now: Date.now(), made: new Date().getTime(), given: new Date(0).toISOString(), parts: new Date(2020, 0, 1).getFullYear(), is: new Date() instanceof Date, text: typeof Date() });`,
    );
    const answer = (await functions.invoke('fn', {})) as Record<string, number>;
    for (const time of [answer.now!, answer.made!]) {
      expect(time).toBeGreaterThanOrEqual(virtualMs);
      expect(time).toBeLessThan(virtualMs + 3_600_000);
    }
    expect(answer).toMatchObject({ given: '1970-01-01T00:00:00.000Z', parts: 2020, is: true, text: 'string' });
  });

  it('slows virtual time while it takes long, for itself and for everybody', async () => {
    open(
      `export const handler = async () => { await new Promise((resolve) => setTimeout(resolve, 1500)); return Date.now(); };`,
    );
    await functions.invoke('fn', {});
    const beforeMs = clock.nowMs();
    const seenMs = (await functions.invoke('fn', {})) as number;
    // At its scale, 90 s would pass.
    expect(seenMs - beforeMs).toBeLessThan(30_000);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(seenMs);
  });

  it('stays warm, and is still there after it threw', async () => {
    open(
      `let count = 0; export const handler = async ({ fail }) => { count += 1; if (fail) throw Object.assign(new Error('no'), { name: 'SendRejected' }); return count; };`,
    );
    await functions.invoke('fn', {});
    expect(await failure({ fail: true })).toMatchObject({
      name: 'FunctionError',
      errorType: 'SendRejected',
      message: 'no',
      trace: expect.arrayContaining([expect.stringContaining('index.mjs')]),
    });
    expect(await functions.invoke('fn', {})).toBe(3);
  });

  it('is ended at its timeout and started anew', async () => {
    open(`let count = 0; export const handler = async ({ hang }) => { count += 1; while (hang) {} return count; };`, { timeoutMs: 1_500 });
    await functions.invoke('fn', {});
    expect(await failure({ hang: true })).toMatchObject({
      errorType: 'Sandbox.Timedout',
      message: expect.stringContaining('Task timed out after 1.50 seconds'),
    });
    expect(await functions.invoke('fn', {})).toBe(1);
  });

  it.each([
    ['ends its process', `export const handler = async () => process.exit(3);`, 'Runtime.ExitError'],
    [
      'crashes outside of its handler',
      `export const handler = () => new Promise(() => setTimeout(() => { throw new Error('late'); }));`,
      'Runtime.UnhandledError',
    ],
    ['exports no handler', `export const other = 1;`, 'Runtime.HandlerNotFound'],
    ['does not load', `throw new TypeError('no environment');`, 'TypeError'],
  ])('that %s is reported', async (_what, source, errorType) => {
    open(source);
    expect(await failure()).toMatchObject({ errorType });
  });

  it('works on no more events at a time than allowed, and on all in the end', async () => {
    open(
      `const sleep = (ms) => new Promise((r) => setTimeout(r, ms)); export const handler = async (event) => { console.log('in'); await sleep(300); console.log('out'); return event; };`,
      { maxConcurrency: 2 },
    );
    expect(await Promise.all([1, 2, 3, 4, 5].map((one) => functions.invoke('fn', one)))).toEqual([1, 2, 3, 4, 5]);
    await functions.close();
    let inside = 0;
    let most = 0;
    for (const line of readFileSync(join(folder, 'logs', 'fn.log'), 'utf8')
      .trim()
      .split('\n'))
      most = Math.max(most, (inside += line === 'in' ? 1 : -1));
    expect(most).toBe(2);
  });

  it('may finish what it is at when the runtime stops, but starts nothing new', async () => {
    open(`export const handler = async () => { await new Promise((r) => setTimeout(r, 100)); return 'done'; };`);
    await functions.invoke('fn', {});
    const last = functions.invoke('fn', {});
    const closing = functions.close();
    expect(await failure()).toMatchObject({ errorType: 'ServiceException' });
    expect(await last).toBe('done');
    await closing;
  });
});
