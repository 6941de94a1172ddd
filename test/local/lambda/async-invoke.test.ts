import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAsyncInvoke } from '../../../local/lambda/async-invoke.ts';
import { FunctionError } from '../../../local/lambda/functions.ts';
import { createResolver } from '../../../local/step-functions/intrinsics.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const minute = 60_000;
const fn = { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'feedback' } };
const queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'failures' } };
const config = (rest: object) => ({ Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: { Ref: 'Fn' }, ...rest } });
const destination = { DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Queue', 'Arn'] } } } };

let folder: string;
let clock: ReturnType<typeof fakeClock>;
let attempts: number[];
let failures: number;

const open = (rest: object = destination) => {
  const resources = { Fn: fn, Queue: queue, Config: config(rest) };
  const resolver = createResolver(
    { stackName: 't', resources, parameters: {}, conditions: {}, mappings: {}, assetFolders: new Map() },
    { region: 'r', accountId: '0', apiUrl: '' },
  );
  const invoke = async () => {
    attempts.push(clock.nowMs());
    if (attempts.length <= failures) throw new FunctionError('Odd', 'no');
  };
  const asyncInvoke = createAsyncInvoke(resolver, { invoke, warm: () => undefined, close: async () => undefined }, clock, folder);
  return (signal = new AbortController().signal) => asyncInvoke(resolver.arn('Fn'), { a: 1 }, signal);
};
const pass = async (minutes: number) => {
  for (let second = 0; second < minutes * 60; second += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
  }
};
const queued = () =>
  existsSync(join(folder, 'failures.jsonl')) ? (JSON.parse(readFileSync(join(folder, 'failures.jsonl'), 'utf8')) as object) : undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'async-'));
  clock = fakeClock(0);
  attempts = [];
  failures = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

it('tries again after one and after two minutes', async () => {
  failures = 2;
  const done = open()();
  await pass(5);
  await done;
  expect(attempts).toEqual([0, minute, 3 * minute]);
  expect(queued()).toBeUndefined();
});

it('puts into the queue what failed three times', async () => {
  failures = 9;
  const done = open()();
  await pass(5);
  await done;
  expect(attempts).toHaveLength(3);
  expect(queued()).toMatchObject({
    requestPayload: { a: 1 },
    requestContext: { approximateInvokeCount: 3 },
    responsePayload: { errorType: 'Odd', errorMessage: 'no' },
  });
});

it('follows the number of retries in the template', async () => {
  failures = 9;
  await open({ ...destination, MaximumRetryAttempts: 0 })();
  expect(attempts).toHaveLength(1);
  expect(queued()).toBeDefined();
});

it('gives nothing up because the runtime stops', async () => {
  failures = 9;
  const abort = new AbortController();
  const done = open({ ...destination, MaximumRetryAttempts: 0 })(abort.signal);
  abort.abort();
  await expect(done).rejects.toMatchObject({ name: 'AbortError' });
  expect(queued()).toBeUndefined();
});
