import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWaitStore, type WaitStore } from '../../lambdas/adapters/wait-store.ts';
import { dayMs, startMs } from '../support/events.ts';
import { startDynamo } from '../support/dynamo.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let waits: WaitStore;

beforeAll(async () => {
  dynamo = await startDynamo();
  waits = createWaitStore(dynamo.documents, 'control');
});
afterAll(() => dynamo.stop());

const item = async (id: string) => (await dynamo.documents.send(new GetCommand({ TableName: 'control', Key: { kind: 'wait', id } }))).Item;

test('who comes second sees both sides, in either order', async () => {
  expect(await waits.register('one', 'look', 't1', startMs)).not.toHaveProperty('happenedAtMs');
  expect(await waits.happened('one', 'look', startMs + 5)).toMatchObject({ token: 't1', happenedAtMs: startMs + 5 });
  expect(await waits.happened('two', 'look', startMs + 5)).not.toHaveProperty('token');
  expect(await waits.register('two', 'look', 't2', startMs + 9)).toMatchObject({ token: 't2', happenedAtMs: startMs + 5 });
});

test.each(Array.from({ length: 20 }, (_, index) => index))('of two at once, one sees both: %i', async (index) => {
  const sides = await Promise.all([waits.register(`at once ${index}`, 'look', 't', startMs), waits.happened(`at once ${index}`, 'look', startMs)]);
  expect(sides.some(({ token, happenedAtMs }) => token === 't' && happenedAtMs === startMs)).toBe(true);
});

test('a task that is repeated has a new token, and the first event counts', async () => {
  await waits.register('again', 'look', 't1', startMs);
  await waits.register('again', 'look', 't2', startMs);
  await waits.happened('again', 'look', startMs + 5);
  expect(await waits.happened('again', 'look', startMs + 6)).toMatchObject({ token: 't2', happenedAtMs: startMs + 5 });
});

test('two waits of one workflow, and those of two workflows, do not touch', async () => {
  await waits.happened('apart', 'look', startMs);
  expect(await waits.register('apart', 'buy', 't', startMs)).not.toHaveProperty('happenedAtMs');
  expect(await waits.register('aside', 'look', 't', startMs)).not.toHaveProperty('happenedAtMs');
});

test('the record outlives every workflow, and then expires', async () => {
  await waits.register('kept', 'look', 't', startMs);
  expect(await item('kept#look')).toMatchObject({ expiresAtS: (startMs + 400 * dayMs) / 1000 });
});
