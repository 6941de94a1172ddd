import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { meter } from '../../bench/dynamo-world.ts';
import { startDynamo } from '../support/dynamo.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let counter: ReturnType<typeof meter>;
beforeAll(async () => {
  dynamo = await startDynamo();
  counter = meter(dynamo.documents);
});
afterAll(() => dynamo.stop());
beforeEach(() => void counter.take());

const put = (item: object, condition?: string) =>
  dynamo.documents.send(new PutCommand({ TableName: 'profiles', Item: { userKey: 'u#ana', part: 'profile', ...item }, ...(condition && { ConditionExpression: condition }) }));
const due = (dueAtMs: number) => ({ dueShard: 's1', dueAtMs });

test('a put costs a unit for each KB, and reading one for 4 KB', async () => {
  await put({ text: 'x'.repeat(1500) });
  await dynamo.documents.send(new GetCommand({ TableName: 'profiles', Key: { userKey: 'u#ana', part: 'profile' }, ConsistentRead: true }));
  expect(counter.take()).toEqual({ calls: 2, writeUnits: 2, readUnits: 1 });
  expect(counter.take()).toEqual({ calls: 0, writeUnits: 0, readUnits: 0 });
});

test('an entry of the index costs a unit to come and one to go, and none to stay', async () => {
  await put({ text: 'short' });
  counter.take();
  for (const [item, writeUnits] of [[due(1), 2], [{ ...due(1), more: true }, 1], [due(2), 3], [{}, 2], [{}, 1]] as const) {
    await put(item);
    expect(counter.take(), JSON.stringify(item)).toEqual({ calls: 1, writeUnits, readUnits: 0 });
  }
});

test('a write whose condition fails costs, too, and still fails', async () => {
  await expect(put({}, 'attribute_not_exists(userKey)')).rejects.toThrow('conditional');
  expect(counter.take()).toEqual({ calls: 1, writeUnits: 1, readUnits: 0 });
});

test('updates answer as they did', async () => {
  const { Attributes } = await dynamo.documents.send(new UpdateCommand({ TableName: 'control', Key: { kind: 'k', id: '1' }, UpdateExpression: 'ADD taken :one', ExpressionAttributeValues: { ':one': 1 }, ReturnValues: 'ALL_NEW' }));
  expect(Attributes).toEqual({ kind: 'k', id: '1', taken: 1 });
  expect(counter.take()).toEqual({ calls: 1, writeUnits: 1, readUnits: 0 });
});
