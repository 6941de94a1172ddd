import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStates, type States } from '../../../local/step-functions/states.ts';
import { statusEvent } from '../../../local/step-functions/status-event.ts';
import type { BusEvent } from '../../../local/eventbridge/bus.ts';
import { executionStatusChange } from '../../../lambdas/schemas/states-event.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const machineArn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:segue-local-cart';
const place = { region: 'eu-west-1', accountId: '000000000000', apiUrl: 'http://x' };
const input = '{"userKey":"u#ana"}';
const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'f', Payload: {} }, ResultPath: null, End: true };

let folder: string;
let events: BusEvent[];
let states: States;
const fails = async (): Promise<unknown> => {
  throw Object.assign(new Error('no'), { name: 'X' });
};
const open = (definition: object, invoke: () => Promise<unknown> = async () => ({})) => {
  states = openStates([{ arn: machineArn, name: 'cart', definition: JSON.stringify(definition) }], folder, { clock: fakeClock(1_772_323_200_000), invoke, ended: (execution) => events.push(statusEvent(execution, place)) });
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'segue-status-'));
  events = [];
});
afterEach(async () => {
  await states.close();
  rmSync(folder, { recursive: true });
});

const waiting = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 100, End: true } } };
const calling = { StartAt: 'T', States: { T: task } };

test.each<[string, object, () => Promise<unknown>, (arn: string) => void]>([
  ['SUCCEEDED', calling, async () => ({}), () => {}],
  ['FAILED', calling, fails, () => {}],
  ['ABORTED', waiting, async () => ({}), (arn) => void states.stop(arn, 'Exited', 'purchase')],
])('an execution that ends with %s is published once, in the shape of AWS', async (status, definition, invoke, act) => {
  open(definition, invoke);
  const { arn } = states.start(machineArn, 'one', input);
  act(arn);
  await expect.poll(() => events.length).toBe(1);
  expect(events[0]).toMatchObject({
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    resources: [arn],
    detail: { executionArn: arn, stateMachineArn: machineArn, name: 'one', status, input, stopDate: expect.any(Number), ...(status === 'ABORTED' && { error: 'Exited', cause: 'purchase' }) },
  });
  expect(executionStatusChange.parse(events[0]).detail.name).toBe('one');
  await states.close();
  open(definition);
  expect(events).toHaveLength(1);
});

test('one that ended just before a kill is published at the next start', async () => {
  open(waiting);
  const { arn } = states.start(machineArn, 'one', input);
  states.stop(arn);
  await expect.poll(() => events.length).toBe(1);
  await states.close();
  const file = join(folder, 'cart', 'one.jsonl');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ type: 'published' });
  writeFileSync(file, '');
  appendFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
  open(waiting);
  expect(events).toHaveLength(2);
});

test('one that is interrupted by a stop of the runtime has not ended', async () => {
  open(waiting);
  states.start(machineArn, 'one', input);
  await states.close();
  expect(events).toEqual([]);
});
