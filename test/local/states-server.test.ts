import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeServer } from '../../local/emulators.ts';
import { listen } from '../../local/http-server.ts';
import { createStatesServer } from '../../local/states-server.ts';
import { openStates, type States } from '../../local/states.ts';
import { fakeClock } from '../support/fake-clock.ts';

const stateMachineArn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:cart';
const startedAtMs = Date.parse('2026-01-01T00:00:00Z');
const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, End: true } } });

let folder: string;
let states: States;
let server: Server;
let client: SFNClient;
const clock = fakeClock(startedAtMs);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'states-server-'));
  states = openStates([{ arn: stateMachineArn, name: 'cart', definition }], folder, { clock, invoke: async () => undefined });
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
