import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBacklog, type RawRecord } from '../../../lambdas/adapters/profiles/backlog.ts';
import { createProfileStore } from '../../../lambdas/adapters/profiles/store.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { startDynamo } from '../../support/dynamo.ts';
import { memoryDocuments } from '../../support/memory-dynamo.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const record = (sequenceNumber: string): RawRecord => ({ sequenceNumber, partitionKey: 'constructor', data: Buffer.from(sequenceNumber).toString('base64') });

test('records come back in the order of the stream, once, until they are removed', async () => {
  const backlog = createBacklog(dynamo.documents, 'profiles');
  expect(await backlog.people()).toEqual([]);
  await backlog.add('u#constructor', [record('9'), record('10'), record('8')], 1000);
  await backlog.add('u#constructor', [record('9'), record('1000')], 2000);
  await backlog.add('a#other', [record('7')], 3000);
  expect(await backlog.people()).toEqual([{ userKey: 'a#other', sinceMs: 3000, revision: 1 }, { userKey: 'u#constructor', sinceMs: 1000, revision: 2 }]);
  expect((await backlog.first('u#constructor', 3)).map(({ sequenceNumber }) => sequenceNumber)).toEqual(['8', '9', '10']);
  expect(await backlog.first('u#constructor', 1)).toEqual([record('8')]);
  await backlog.remove('u#constructor', [record('8'), record('9'), record('10')]);
  expect(await backlog.first('u#constructor', 3)).toEqual([record('1000')]);
});

test('the list of a person is closed only as it was read', async () => {
  const backlog = createBacklog(dynamo.documents, 'profiles');
  await backlog.add('u#ana', [record('1')], 1000);
  const [read] = (await backlog.people()).filter(({ userKey }) => userKey === 'u#ana');
  await backlog.add('u#ana', [record('2')], 1500);
  expect(await backlog.close(read!)).toBe(false);
  expect(await backlog.close({ ...read!, revision: 2 })).toBe(true);
  // Begun anew, it has the same revision, and is another list all the same.
  await backlog.add('u#ana', [record('3')], 5000);
  expect(await backlog.close(read!)).toBe(false);
});

test('nobody takes what waits for a person', async () => {
  const backlog = createBacklog(dynamo.documents, 'profiles');
  await backlog.add('u#zoe', [record('1')], 1000);
  const people: string[] = [];
  for await (const { profile } of createProfileStore(dynamo.documents, 'profiles').people()) people.push(profile.userKey);
  expect(people).toEqual([]);
});

test('a busy partition is left out of a read of many; all of several is a fault', async () => {
  const busy = new Set<string>(['u#hot']);
  let calls = 0;
  const throttled = Object.assign(new Error('busy'), { name: 'ProvisionedThroughputExceededException' });
  const documents = memoryDocuments();
  const send = documents.send.bind(documents) as (command: any) => Promise<any>;
  const store = createProfileStore(
    Object.assign(documents, {
      send: async (command: any) => {
        const request = command.input.RequestItems?.profiles;
        if (request === undefined) return send(command);
        calls += 1;
        const [left, free] = [request.Keys.filter((key: any) => busy.has(key.userKey)), request.Keys.filter((key: any) => !busy.has(key.userKey))];
        if (free.length === 0) throw throttled;
        const answer = await send(Object.assign(Object.create(Object.getPrototypeOf(command)), { input: { RequestItems: { profiles: { ...request, Keys: free } } } }));
        return { ...answer, UnprocessedKeys: left.length > 0 ? { profiles: { ...request, Keys: left } } : {} };
      },
    }),
    'profiles',
    async () => {},
  );
  await store.saveProfile(emptyProfile('u#ana'));
  const wanted = (...keys: string[]) => keys.map((userKey) => ({ userKey, withContent: true }));
  const loaded = await store.loadMany(wanted('u#ana', 'u#hot', 'u#new'));
  expect([...loaded].map(([userKey, { profile }]) => [userKey, profile.version])).toEqual([['u#ana', 1], ['u#new', 0]]);
  expect(calls).toBeLessThan(5);
  expect((await store.loadMany(wanted('u#hot'))).size).toBe(0);
  busy.add('u#ana').add('u#new');
  await expect(store.loadMany(wanted('u#ana', 'u#hot', 'u#new'))).rejects.toThrow('busy');
});
