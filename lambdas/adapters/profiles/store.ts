import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetCommand, GetCommand, PutCommand, UpdateCommand, paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { emptyContent } from '../../domain/profile/content.ts';
import { WriteConflict } from '../../domain/errors.ts';
import { shortHash } from '../../domain/hash.ts';
import { emptyProfile } from '../../domain/profile/profile.ts';
import { expiryS } from '../../domain/time.ts';
import { ifConditionHolds, isConditionFailed, overVersion } from '../conditions.ts';
import { surveyPartPrefix } from '../survey-store.ts';
import { conversionPart, decodeContent, decodeProfile, encodeContent, encodeProfile, transitionPart, workflowPart, type ContentItem, type ProfileItem } from './codec.ts';
import { createTombstones } from './tombstones.ts';
import type { BatchStore, Loaded, ProfileStore } from './profile-store.ts';
import { createTableReads } from './table-reads.ts';

/** DynamoDB takes at most this many keys in one BatchGetItem. */
const batchGetKeys = 100;
/** A key that is left unread so often is of a busy partition. Whoever asks for it alone has the SDK's attempts, and everybody else goes on. */
const readAttempts = 4;
const ledgerDays = 400;

type Pause = (ms: number) => Promise<unknown>;

/** All of the table's methods. @param pause before the next attempt, for keys that a busy table left unread */
export const createProfileStore = (client: DynamoDBDocumentClient, table: string, pause: Pause = sleep): ProfileStore => ({ ...createBatchStore(client, table, pause), ...createTableReads(client, table) });

/** What committing a batch of events needs; process-events carries no more. */
export function createBatchStore(client: DynamoDBDocumentClient, table: string, pause: Pause = sleep): BatchStore {
  const get = async (userKey: string, part: string) =>
    (await client.send(new GetCommand({ TableName: table, Key: { userKey, part }, ConsistentRead: true }))).Item;

  const put = async (Item: object, version: number) => {
    const isWritten = await ifConditionHolds(client.send(new PutCommand({ TableName: table, Item, ...overVersion(version) })));
    if (!isWritten) throw new WriteConflict();
  };

  const tombstones = createTombstones(client, table, pause);

  const store: BatchStore = {
    erasedAtMs: async (userKey) => (await tombstones.of([userKey])).get(userKey),

    async load(userKey, withContent) {
      const [profile, content] = await Promise.all([get(userKey, 'profile'), withContent ? get(userKey, 'content') : undefined]);
      return toLoaded(userKey, withContent, profile as ProfileItem | undefined, content as ContentItem | undefined);
    },

    async loadMany(wanted) {
      const keys = wanted.flatMap(({ userKey, withContent }) => [{ userKey, part: 'profile' }, ...(withContent ? [{ userKey, part: 'content' }] : [])]);
      const items = new Map<string, unknown>();
      let refusal: unknown;
      /** @returns the keys that stay unread */
      const readSome = async (some: typeof keys): Promise<Record<string, unknown>[]> => {
        let open: Record<string, unknown>[] = some;
        try {
          for (let attempt = 0; open.length > 0 && attempt < readAttempts; attempt += 1) {
            if (attempt > 0) await pause(25 * 2 ** attempt);
            const answer = await client.send(new BatchGetCommand({ RequestItems: { [table]: { Keys: open, ConsistentRead: true } } }));
            for (const item of answer.Responses?.[table] ?? []) items.set(`${item.part}#${item.userKey}`, item);
            open = answer.UnprocessedKeys?.[table]?.Keys ?? [];
          }
        } catch (error) {
          // DynamoDB refuses the call as a whole when it can read none of its keys, and those that are left may all be of one person.
          refusal = error;
        }
        return open;
      };
      const unread = new Set((await Promise.all(chunks(keys, batchGetKeys).map(readSome))).flat().map(({ userKey }) => String(userKey)));
      if (unread.size > 1 && wanted.every(({ userKey }) => unread.has(userKey))) throw refusal ?? new Error(`BatchGetItem left ${keys.length} keys unread`);
      const read = wanted.filter(({ userKey }) => !unread.has(userKey));
      const missing = read.filter(({ userKey }) => !items.has(`profile#${userKey}`)).map(({ userKey }) => userKey);
      const erased = await tombstones.of([...new Set(missing)]);
      return new Map(
        read.map(({ userKey, withContent }) => {
          const loaded = toLoaded(userKey, withContent, items.get(`profile#${userKey}`) as ProfileItem | undefined, items.get(`content#${userKey}`) as ContentItem | undefined);
          const erasedAtMs = erased.get(userKey);
          return [userKey, erasedAtMs === undefined ? loaded : { ...loaded, profile: { ...loaded.profile, erasedAtMs } }];
        }),
      );
    },

    async saveProfile(profile) {
      const next = { ...profile, version: profile.version + 1 };
      await put(encodeProfile(next), profile.version);
      return next;
    },

    async saveContent(userKey, content, expiresAtMs) {
      const next = { ...content, version: content.version + 1 };
      await put(encodeContent(userKey, next, expiresAtMs), content.version);
      return next;
    },

    async keepContent(userKey, expiresAtMs) {
      const Key = { userKey, part: 'content' };
      const change = expiresAtMs === undefined ? { UpdateExpression: 'REMOVE expiresAtS' } : { UpdateExpression: 'SET expiresAtS = :at', ExpressionAttributeValues: { ':at': Math.ceil(expiresAtMs / 1000) } };
      await ifConditionHolds(client.send(new UpdateCommand({ TableName: table, Key, ...change, ConditionExpression: 'attribute_exists(userKey)' })));
    },

    async point(anonymousKey, knownKey, byWeb = false, expiresAtMs) {
      const sets = ['#into = :known', ...(byWeb ? ['#web = :web'] : []), ...(expiresAtMs === undefined ? [] : ['expiresAtS = :expires'])];
      const removes = ['dueShard', 'dueAtMs', ...(byWeb ? [] : ['#web']), ...(expiresAtMs === undefined ? ['expiresAtS'] : [])];
      try {
        const answer = await client.send(
          new UpdateCommand({
            TableName: table,
            Key: { userKey: anonymousKey, part: 'profile' },
            UpdateExpression: `SET ${sets.join(', ')} ADD ver :one REMOVE ${removes.join(', ')}`,
            ConditionExpression: 'attribute_not_exists(#into) OR #into = :known',
            ExpressionAttributeNames: { '#into': 'into', '#web': 'byw' },
            ExpressionAttributeValues: { ':known': knownKey, ':one': 1, ...(byWeb && { ':web': true }), ...(expiresAtMs !== undefined && { ':expires': Math.ceil(expiresAtMs / 1000) }) },
            ReturnValues: 'ALL_NEW',
          }),
        );
        return decodeProfile(answer.Attributes as ProfileItem);
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
        return (await store.load(anonymousKey, false)).profile;
      }
    },

    async close(anonymousKey) {
      const Key = { userKey: anonymousKey, part: 'profile' };
      const change = { UpdateExpression: 'SET clo = :yes REMOVE #outbox', ExpressionAttributeNames: { '#outbox': 'out' }, ExpressionAttributeValues: { ':yes': true } };
      // Somebody may have been erased meanwhile.
      await ifConditionHolds(client.send(new UpdateCommand({ TableName: table, Key, ...change, ConditionExpression: 'attribute_exists(userKey)' })));
    },

    async recordRefusedMerge(userKey, refused) {
      const expiresAtS = expiryS(refused.atMs, ledgerDays);
      await client.send(new PutCommand({ TableName: table, Item: { userKey, part: `refused-merge#${shortHash([refused.anonymousKey], 10)}`, ...refused, expiresAtS } }));
    },

    async recordTransition(userKey, { kind: _kind, ...transition }) {
      const expiresAtS = expiryS(transition.atMs, ledgerDays);
      const part = transitionPart(transition.atMs, transition.from, transition.to);
      await client.send(new PutCommand({ TableName: table, Item: { userKey, part, ...transition, expiresAtS } }));
    },

    async recordConversion(userKey, { kind: _kind, id, ...conversion }) {
      const expiresAtS = expiryS(conversion.atMs, ledgerDays);
      await client.send(new PutCommand({ TableName: table, Item: { userKey, part: conversionPart(conversion.atMs, id), ...conversion, expiresAtS } }));
    },

    async recordWorkflow(userKey, workflow) {
      const names = Object.keys(workflow);
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { userKey, part: workflowPart(workflow.entryAtMs, workflow.executionName) },
          UpdateExpression: `SET ${[...names, 'expiresAtS'].map((name) => `#${name} = :${name}`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries([...names, 'expiresAtS'].map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries([...Object.entries(workflow), ['expiresAtS', expiryS(workflow.entryAtMs, ledgerDays)]].map(([name, value]) => [`:${name as string}`, value])),
        }),
      );
    },

    async endedOf(userKey, workflows) {
      const items = await Promise.all(workflows.map(({ entryAtMs, executionName }) => get(userKey, workflowPart(entryAtMs, executionName))));
      return new Set(items.flatMap((item) => (item?.endedAtMs === undefined ? [] : [String(item.executionName)])));
    },

    async copyRecords(fromKey, toKey) {
      const copy = async (prefix: string, condition?: (item: Record<string, unknown>) => object) => {
        const query = {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'userKey = :key AND begins_with(#part, :prefix)',
          ExpressionAttributeNames: { '#part': 'part' },
          ExpressionAttributeValues: { ':key': fromKey, ':prefix': prefix },
        };
        for await (const { Items = [] } of paginateQuery({ client }, query)) {
          for (const item of Items) await ifConditionHolds(client.send(new PutCommand({ TableName: table, Item: { ...item, userKey: toKey }, ...condition?.(item) })));
        }
      };
      // Both profiles may have an answer to one link; the last one is kept.
      const ifNewer = ({ atMs }: Record<string, unknown>) => ({ ConditionExpression: 'attribute_not_exists(atMs) OR atMs < :at', ExpressionAttributeValues: { ':at': atMs } });
      // The known profile may have a record of the end already.
      const ifNone = () => ({ ConditionExpression: 'attribute_not_exists(endedAtMs)' });
      await Promise.all([copy('conversion#'), copy('workflow#', ifNone), copy(surveyPartPrefix, ifNewer)]);
    },
  };
  return store;
}

function toLoaded(userKey: string, withContent: boolean, profile: ProfileItem | undefined, content: ContentItem | undefined): Loaded {
  return {
    profile: profile ? decodeProfile(profile) : emptyProfile(userKey),
    content: content ? decodeContent(content) : withContent ? emptyContent() : undefined,
  };
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}
