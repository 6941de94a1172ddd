import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeServer } from '../../../local/stack/emulators.ts';
import { listen } from '../../../local/stack/http-server.ts';
import { createStatesServer } from '../../../local/step-functions/server.ts';
import { openStates, type States } from '../../../local/step-functions/states.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const stateMachineArn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:cart';
const startedAtMs = Date.parse('2026-01-01T00:00:00Z');
const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, End: true } } });

const callbackArn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:look';
const callback = JSON.stringify({
  StartAt: 'Look',
  States: { Look: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters: { FunctionName: 'send', Payload: { 'token.$': '$$.Task.Token' } }, End: true } },
});

let tokens: string[];
let folder: string;
let states: States;
let server: Server;
let client: SFNClient;
const clock = fakeClock(startedAtMs);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'states-server-'));
  tokens = [];
  const machines = [
    { arn: stateMachineArn, name: 'cart', definition },
    { arn: callbackArn, name: 'look', definition: callback },
  ];
  states = openStates(machines, folder, { clock, invoke: async (_function, payload) => void tokens.push((payload as { token: string }).token) });
  server = createStatesServer(states);
  client = new SFNClient({
    region: 'eu-west-1',
    endpoint: await listen(server),
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  client.destroy();
  await closeServer(server);
  await states.close();
  rmSync(folder, { recursive: true });
});

it('speaks the protocol of the SDK, in virtual time', async () => {
  const { executionArn, startDate } = await client.send(new StartExecutionCommand({ stateMachineArn, name: 'one', input: '{"a":1}' }));
  expect(executionArn).toBe('arn:aws:states:eu-west-1:000000000000:execution:cart:one');
  expect(startDate).toEqual(new Date(startedAtMs));
  expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'RUNNING',
    input: '{"a":1}',
    name: 'one',
    stateMachineArn,
  });

  clock.advance(5_000);
  const { stopDate } = await client.send(new StopExecutionCommand({ executionArn, error: 'Exited', cause: 'purchase' }));
  expect(stopDate).toEqual(new Date(startedAtMs + 5_000));
  expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'ABORTED',
    error: 'Exited',
    cause: 'purchase',
    stopDate,
  });
  const listed = async (statusFilter: 'RUNNING' | 'ABORTED') =>
    (await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter }))).executions!.map(({ name }) => name);
  expect([await listed('RUNNING'), await listed('ABORTED')]).toEqual([[], ['one']]);
});

it('answers errors by the names that the SDK knows', async () => {
  await client.send(new StartExecutionCommand({ stateMachineArn, name: 'two', input: '{}' }));
  await expect(client.send(new StartExecutionCommand({ stateMachineArn, name: 'two', input: '{"other":1}' }))).rejects.toMatchObject({
    name: 'ExecutionAlreadyExists',
  });
  await expect(client.send(new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}x`, name: 'x' }))).rejects.toMatchObject({
    name: 'StateMachineDoesNotExist',
  });
  await expect(client.send(new StopExecutionCommand({ executionArn: 'arn:none' }))).rejects.toMatchObject({
    name: 'ExecutionDoesNotExist',
  });
  await expect(client.send(new StartExecutionCommand({ stateMachineArn, name: 'three', input: '{' }))).rejects.toMatchObject({
    name: 'InvalidExecutionInput',
  });
});

it('takes tokens back, each once', async () => {
  const start = async (name: string) => (await client.send(new StartExecutionCommand({ stateMachineArn: callbackArn, name, input: '{}' }))).executionArn;
  const ended = async (executionArn: string | undefined) => {
    await expect.poll(async () => (await client.send(new DescribeExecutionCommand({ executionArn }))).status, { interval: 5 }).not.toBe('RUNNING');
    return client.send(new DescribeExecutionCommand({ executionArn }));
  };
  const [one, two] = [await start('one'), await start('two')];
  await expect.poll(() => tokens.length, { interval: 5 }).toBe(2);
  const [taskToken, other] = tokens as [string, string];

  await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: '{' }))).rejects.toMatchObject({ name: 'InvalidOutput' });
  await expect(client.send(new SendTaskSuccessCommand({ taskToken: 'nonsense', output: '1' }))).rejects.toMatchObject({ name: 'InvalidToken' });
  await client.send(new SendTaskSuccessCommand({ taskToken, output: '{"happenedAtMs":5}' }));
  expect(await ended(one)).toMatchObject({ status: 'SUCCEEDED', output: '{"happenedAtMs":5}' });
  await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }))).rejects.toMatchObject({ name: 'TaskTimedOut' });
  await client.send(new SendTaskFailureCommand({ taskToken: other, error: 'Broken', cause: 'no reason' }));
  expect(await ended(two)).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'no reason' });
});
