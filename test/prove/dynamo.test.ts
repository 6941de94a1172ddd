import { BatchGetCommand, DeleteCommand, GetCommand, PutCommand, QueryCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Dynamo } from '../../prove/aws/dynamo/dynamo.ts';
import { shapes } from '../../prove/world/tables.ts';
import { startDynamo } from '../support/dynamo.ts';

type Documents = Awaited<ReturnType<typeof startDynamo>>['documents'];

/** The simulated DynamoDB against another implementation, on operations drawn at random. Where both are wrong, this says nothing. */
let documents: Documents;
let stop: () => Promise<void>;
beforeAll(async () => ({ documents, stop } = await startDynamo()));
afterAll(() => stop());

/** What a command comes to: its answer, or the name of what it throws. */
async function outcome(send: () => Promise<object>): Promise<unknown> {
  try {
    const { $metadata: _metadata, ConsumedCapacity: _capacity, ...answer } = (await send()) as Record<string, unknown>;
    return normal(answer);
  } catch (error) {
    return { threw: (error as Error).name };
  }
}

/** Sets have no order, and neither have the keys of a batch. */
function normal(value: unknown): unknown {
  if (value instanceof Set) return { set: [...value].map(String).sort() };
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(normal);
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, normal(one)]));
  return value;
}

const scalar = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.constantFrom('', 'a', 'ab', 'b', 'é'), fc.boolean(), fc.constant(null), fc.constantFrom(new Uint8Array([1]), new Uint8Array([1, 2])));
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(fc.constantFrom('x', 'y'), scalar, { maxKeys: 2 }), fc.constantFrom(new Set(['a', 'b']), new Set(['b', 'c']), new Set([1, 2]), new Set([2, 3])));
const attribute = fc.constantFrom('p', 'q', 'r');
const key = fc.record({ kind: fc.constantFrom('k1', 'k2'), id: fc.constantFrom('i1', 'i2', 'i3') });
const item = fc.tuple(key, fc.dictionary(attribute, value, { maxKeys: 3 })).map(([own, more]) => ({ ...more, ...own }));
const path = fc.oneof(attribute, fc.constantFrom('p.x', 'q[0]', 'r.y', '#n', '#n.x'));

interface Expression {
  text: string;
  names: Record<string, string>;
  values: Record<string, unknown>;
}

let placeholders = 0;
const named = (text: string): Record<string, string> => (text.includes('#n') ? { '#n': 'p' } : {});
const bound = (given: unknown): { text: string; values: Record<string, unknown> } => {
  placeholders += 1;
  return { text: `:v${placeholders}`, values: { [`:v${placeholders}`]: given } };
};

const comparison = fc.tuple(path, fc.constantFrom('=', '<>', '<', '<=', '>', '>='), value).map(([left, operator, right]): Expression => {
  const { text, values } = bound(right);
  return { text: `${left} ${operator} ${text}`, names: named(left), values };
});
const sized = fc.tuple(path, fc.constantFrom('<', '>='), fc.integer({ min: 0, max: 3 })).map(([left, operator, right]): Expression => {
  const { text, values } = bound(right);
  return { text: `size(${left}) ${operator} ${text}`, names: named(left), values };
});
const existence = fc.tuple(fc.constantFrom('attribute_exists', 'attribute_not_exists'), path).map(([call, of]): Expression => ({ text: `${call}(${of})`, names: named(of), values: {} }));
const related = fc.tuple(fc.constantFrom('begins_with', 'contains'), path, fc.constantFrom('a', 'b')).map(([call, of, wanted]): Expression => {
  const { text, values } = bound(wanted);
  return { text: `${call}(${of}, ${text})`, names: named(of), values };
});
const between = fc.tuple(path, fc.integer({ min: -5, max: 0 }), fc.integer({ min: 0, max: 5 })).map(([of, from, to]): Expression => {
  const [low, high] = [bound(from), bound(to)];
  return { text: `${of} BETWEEN ${low.text} AND ${high.text}`, names: named(of), values: { ...low.values, ...high.values } };
});
const among = fc.tuple(path, scalar, scalar).map(([of, one, other]): Expression => {
  const [first, second] = [bound(one), bound(other)];
  return { text: `${of} IN (${first.text}, ${second.text})`, names: named(of), values: { ...first.values, ...second.values } };
});
const simple = fc.oneof(comparison, sized, existence, related, between, among);
const condition = fc.oneof(
  simple,
  simple.map((one) => ({ ...one, text: `NOT ${one.text}` })),
  fc.tuple(simple, fc.constantFrom('AND', 'OR'), simple, fc.constantFrom('AND', 'OR'), simple).map(([a, first, b, second, c]): Expression => ({ text: `${a.text} ${first} (${b.text} ${second} ${c.text})`, names: { ...a.names, ...b.names, ...c.names }, values: { ...a.values, ...b.values, ...c.values } })),
);

const setting = fc.tuple(attribute, fc.constantFrom('plain', 'if_not_exists', 'plus', 'minus', 'append'), value).map(([name, kind, given]): Expression => {
  const { text, values } = bound(kind === 'plus' || kind === 'minus' ? 2 : kind === 'append' ? [1] : given);
  const right = { plain: text, if_not_exists: `if_not_exists(${name}, ${text})`, plus: `${name} + ${text}`, minus: `${name} - ${text}`, append: `list_append(${name}, ${text})` }[kind];
  return { text: `SET ${name} = ${right}`, names: {}, values };
});
const adding = fc.tuple(attribute, fc.constantFrom(1, -2, 0.5, new Set(['a', 'z']), new Set([1, 9]))).map(([name, given]): Expression => {
  const { text, values } = bound(given);
  return { text: `ADD ${name} ${text}`, names: {}, values };
});
const deleting = fc.tuple(attribute, fc.constantFrom(new Set(['a']), new Set(['a', 'b']), new Set([1]))).map(([name, given]): Expression => {
  const { text, values } = bound(given);
  return { text: `DELETE ${name} ${text}`, names: {}, values };
});
const removing = path.map((of): Expression => ({ text: `REMOVE ${of}`, names: named(of), values: {} }));
const update = fc.oneof(setting, adding, deleting, removing, fc.tuple(setting, adding).map(([a, b]): Expression => ({ text: `${a.text} ${b.text}`, names: {}, values: { ...a.values, ...b.values } })));

const withExpression = (name: string, expression: Expression | undefined, more: Expression | undefined = undefined) => ({
  ...(expression && { [name]: expression.text }),
  ...(Object.keys({ ...expression?.names, ...more?.names }).length > 0 && { ExpressionAttributeNames: { ...expression?.names, ...more?.names } }),
  ...(Object.keys({ ...expression?.values, ...more?.values }).length > 0 && { ExpressionAttributeValues: { ...expression?.values, ...more?.values } }),
});

/** A command, made anew for either side. */
const operation = fc.oneof(
  fc.tuple(item, fc.option(condition, { nil: undefined }), fc.constantFrom('NONE', 'ALL_OLD')).map(([Item, when, ReturnValues]) => () => new PutCommand({ TableName: 'control', Item, ReturnValues, ...withExpression('ConditionExpression', when) } as never)),
  fc.tuple(key, update, fc.option(condition, { nil: undefined }), fc.constantFrom('NONE', 'ALL_OLD', 'ALL_NEW')).map(([Key, change, when, ReturnValues]) => () =>
    new UpdateCommand({ TableName: 'control', Key, ReturnValues, UpdateExpression: change.text, ...(when && { ConditionExpression: when.text }), ...withExpression('', undefined, undefined), ...merged(change, when) } as never),
  ),
  fc.tuple(key, fc.option(condition, { nil: undefined })).map(([Key, when]) => () => new DeleteCommand({ TableName: 'control', Key, ReturnValues: 'ALL_OLD', ...withExpression('ConditionExpression', when) } as never)),
  fc.tuple(key, fc.option(fc.array(attribute, { minLength: 1, maxLength: 2 }), { nil: undefined })).map(([Key, paths]) => () => new GetCommand({ TableName: 'control', Key, ConsistentRead: true, ...(paths && { ProjectionExpression: [...new Set(paths)].join(', ') }) })),
  fc.tuple(fc.constantFrom('k1', 'k2'), fc.option(fc.constantFrom('i', 'i2'), { nil: undefined }), fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }), fc.boolean()).map(([kind, prefix, Limit, ScanIndexForward]) => () =>
    new QueryCommand({ TableName: 'control', ConsistentRead: true, ScanIndexForward, ...(Limit && { Limit }), KeyConditionExpression: prefix === undefined ? 'kind = :kind' : 'kind = :kind AND begins_with(id, :prefix)', ExpressionAttributeValues: { ':kind': kind, ...(prefix !== undefined && { ':prefix': prefix }) } }),
  ),
);

function merged(change: Expression, when: Expression | undefined) {
  const names = { ...change.names, ...when?.names };
  const values = { ...change.values, ...when?.values };
  return { ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }), ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }) };
}

const client = () => {
  const dynamo = new Dynamo(shapes, () => Date.parse('2026-03-01T00:00:00Z'));
  return { dynamo, send: async (command: object) => dynamo.handle(command) };
};

describe('the simulated DynamoDB', () => {
  test('answers as another implementation does, whatever it is asked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 25 }), async (operations) => {
        const { send } = client();
        await emptied();
        for (const make of operations) {
          const theirs = await outcome(() => documents.send(make() as never));
          expect(await outcome(() => send(make())), JSON.stringify(make().input)).toEqual(theirs);
        }
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ['a value for a key attribute that is empty', () => new PutCommand({ TableName: 'control', Item: { kind: '', id: 'a' } })],
    ['a key of the wrong type', () => new PutCommand({ TableName: 'control', Item: { kind: 1, id: 'a' } })],
    ['a key that is not whole', () => new GetCommand({ TableName: 'control', Key: { kind: 'a' } })],
    ['an update of a key', () => new UpdateCommand({ TableName: 'control', Key: { kind: 'a', id: 'b' }, UpdateExpression: 'SET id = :v', ExpressionAttributeValues: { ':v': 'c' } })],
    ['a value that no expression uses', () => new PutCommand({ TableName: 'control', Item: { kind: 'a', id: 'b' }, ConditionExpression: 'attribute_not_exists(p)', ExpressionAttributeValues: { ':v': 1 } })],
    ['a value that is not given', () => new PutCommand({ TableName: 'control', Item: { kind: 'a', id: 'b' }, ConditionExpression: 'p = :v' })],
    ['a name that is not given', () => new PutCommand({ TableName: 'control', Item: { kind: 'a', id: 'b' }, ConditionExpression: 'attribute_exists(#p)' })],
    ['words without sense', () => new PutCommand({ TableName: 'control', Item: { kind: 'a', id: 'b' }, ConditionExpression: 'p p' })],
    ['an item of more than 400 KB', () => new PutCommand({ TableName: 'control', Item: { kind: 'a', id: 'b', text: 'x'.repeat(400 * 1024) } })],
    ['a number beyond 2^53', () => new PutCommand({ TableName: 'control', Item: { kind: 'a', id: 'b', p: 1e20 } })],
    ['a number under 1e-130', () => new PutCommand({ TableName: 'control', Item: { kind: 'a', id: 'b', p: 1e-140 } })],
    ['an empty set', () => new PutCommand({ TableName: 'control', Item: { kind: 'a', id: 'b', p: new Set() } })],
    ['the same key twice', () => new BatchGetCommand({ RequestItems: { control: { Keys: [{ kind: 'a', id: 'b' }, { kind: 'a', id: 'b' }] } } })],
    ['more than 100 keys', () => new BatchGetCommand({ RequestItems: { control: { Keys: Array.from({ length: 101 }, (_, index) => ({ kind: 'a', id: String(index) })) } } })],
    ['a consistent read of an index', () => new QueryCommand({ TableName: 'profiles', IndexName: 'due', ConsistentRead: true, KeyConditionExpression: 'dueShard = :s', ExpressionAttributeValues: { ':s': '1' } })],
    ['a value of the wrong type for an index', () => new PutCommand({ TableName: 'profiles', Item: { userKey: 'a', part: 'b', dueShard: '1', dueAtMs: 'late' } })],
    ['a query without its partition', () => new QueryCommand({ TableName: 'control', KeyConditionExpression: 'id = :i', ExpressionAttributeValues: { ':i': 'a' } })],
  ])('refuses %s, as another implementation does', async (_what, make) => {
    const { send } = client();
    const theirs = await outcome(() => documents.send(make() as never));
    expect(theirs).toHaveProperty('threw');
    expect(await outcome(() => send(make()))).toEqual(theirs);
  });

  test('shows an index by its own keys, and pages it', async () => {
    const { send } = client();
    const items = [3, 1, 2].map((dueAtMs) => ({ userKey: `u${dueAtMs}`, part: 'profile', dueShard: '1', dueAtMs, more: 'x' }));
    const query = (ExclusiveStartKey?: Record<string, unknown>) => () => new QueryCommand({ TableName: 'profiles', IndexName: 'due', Limit: 2, KeyConditionExpression: 'dueShard = :s AND dueAtMs <= :n', ExpressionAttributeValues: { ':s': '1', ':n': 9 }, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
    for (const Item of items) for (const put of [(command: PutCommand) => documents.send(command), send]) await put(new PutCommand({ TableName: 'profiles', Item }));
    const first = (await send(query()())) as { LastEvaluatedKey: Record<string, unknown> };
    expect(normal(first)).toEqual(await outcome(() => documents.send(query()())));
    expect(await outcome(() => send(query(first.LastEvaluatedKey)()))).toEqual(await outcome(() => documents.send(query(first.LastEvaluatedKey)())));
  });

  test('forgets an item some time after it has expired, and not before', () => {
    let nowMs = Date.parse('2026-03-01T00:00:00Z');
    const dynamo = new Dynamo(shapes, () => nowMs);
    const expiresAtS = nowMs / 1000 + 60;
    const ids = Array.from({ length: 20 }, (_, index) => String(index));
    for (const id of ids) dynamo.handle(new PutCommand({ TableName: 'control', Item: { kind: 'a', id, expiresAtS } }));
    const left = () => (dynamo.handle(new QueryCommand({ TableName: 'control', KeyConditionExpression: 'kind = :k', ExpressionAttributeValues: { ':k': 'a' } })) as { Count: number }).Count;
    nowMs += 59_000;
    expect(left()).toBe(20);
    nowMs += 24 * 3_600_000;
    expect(left()).toBeGreaterThan(0);
    expect(left()).toBeLessThan(20);
    nowMs += 48 * 3_600_000;
    expect(left()).toBe(0);
  });

  test('shows what was there before to a read that is not consistent, for a moment', () => {
    let nowMs = 0;
    const dynamo = new Dynamo(shapes, () => nowMs);
    for (const table of dynamo.tables.values()) table.lagMs = 300;
    const put = (p: number) => dynamo.handle(new PutCommand({ TableName: 'control', Item: { kind: 'a', id: 'b', p } }));
    const get = (ConsistentRead: boolean) => (dynamo.handle(new GetCommand({ TableName: 'control', Key: { kind: 'a', id: 'b' }, ConsistentRead })) as { Item?: { p: number } }).Item?.p;
    put(1);
    expect([get(true), get(false)]).toEqual([1, undefined]);
    nowMs += 1000;
    put(2);
    expect([get(true), get(false)]).toEqual([2, 1]);
    nowMs += 300;
    expect(get(false)).toBe(2);
  });
});

async function emptied(): Promise<void> {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: 'control' }));
  for (const { kind, id } of Items) await documents.send(new DeleteCommand({ TableName: 'control', Key: { kind, id } }));
}
