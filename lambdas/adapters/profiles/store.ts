import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetCommand, GetCommand, PutCommand, UpdateCommand, paginateQuery, paginateScan, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { emptyContent, type Content } from '../../domain/profile/content.ts';
import type { RecordConversion, RecordTransition, WorkflowEnd } from '../../domain/profile/effects.ts';
import { WriteConflict } from '../../domain/errors.ts';
import { shortHash } from '../../domain/hash.ts';
import { emptyProfile, type Profile } from '../../domain/profile/profile.ts';
import type { SurveyRecord } from '../../domain/surveys/survey.ts';
import { expiryS, hourMs } from '../../domain/time.ts';
import { ifConditionHolds, isConditionFailed, overVersion } from '../conditions.ts';
import { surveyPartPrefix } from '../survey-store.ts';
import { conversionPart, decodeContent, decodeProfile, encodeContent, encodeProfile, transitionPart, workflowPart, type ContentItem, type ProfileItem } from './codec.ts';
import { createTombstones } from './tombstones.ts';

export interface Loaded {
  profile: Profile;
  content: Content | undefined;
}

/** What the handlers need of the profile table; tests have one in memory. */
export interface ProfileStore {
  load(userKey: string, withContent: boolean): Promise<Loaded>;
  /**
   * Loads many in as few calls as there can be. Keys that do not exist come back as empty profiles, which say when they were erased. Those
   * that a busy table has left unread are missing from the answer.
   * @throws when it has left all of several people unread
   */
  loadMany(wanted: readonly { userKey: string; withContent: boolean }[]): Promise<Map<string, Loaded>>;
  /** When a person without a profile was erased, if they were. */
  erasedAtMs(userKey: string): Promise<number | undefined>;
  /**
   * Writes version n+1 over version n.
   * @returns the profile with its new version
   * @throws WriteConflict when the stored version is not n
   */
  saveProfile(profile: Profile): Promise<Profile>;
  /**
   * Like saveProfile, for the content item.
   * @param expiresAtMs that of the profile
   */
  saveContent(userKey: string, content: Content, expiresAtMs?: number): Promise<Content>;
  /** Gives the content item, if there is one, the expiry of its profile. */
  keepContent(userKey: string, expiresAtMs: number | undefined): Promise<void>;
  /**
   * Makes an anonymous profile part of a known one: from now on its events follow and its own state stands still.
   * @param byWeb only a web key says so
   * @param expiresAtMs how long it is remembered whose device that was
   * @returns the frozen profile; its `mergedInto` names another profile when that one has it already
   */
  point(anonymousKey: string, knownKey: string, byWeb?: boolean, expiresAtMs?: number): Promise<Profile>;
  /** Marks a frozen profile as merged: its history has been added, and its outbox carried out. */
  close(anonymousKey: string): Promise<void>;
  recordTransition(userKey: string, transition: RecordTransition): Promise<void>;
  /** Records a conversion; once for each event, however often it is delivered. */
  recordConversion(userKey: string, conversion: RecordConversion): Promise<void>;
  /** Records the start of a workflow, and later its end; in any order, and repeatable. */
  recordWorkflow(userKey: string, workflow: StoredWorkflow): Promise<void>;
  /** The ends of these workflows, by execution name, where they are recorded. */
  endedOf(userKey: string, workflows: readonly Pick<StoredWorkflow, 'executionName' | 'entryAtMs'>[]): Promise<Set<string>>;
  /** Copies the conversions, workflows and survey answers of a profile to the one that it is merged into. Counts skip merged profiles. */
  copyRecords(fromKey: string, toKey: string): Promise<void>;
  /** Records that a merge was refused because the history belongs to somebody else. */
  recordRefusedMerge(userKey: string, refused: RefusedMerge): Promise<void>;
  /** Keys of due profiles in one shard of the index, the most overdue first, in pages. A profile that fails does not appear on the next page. */
  due(dueShard: string, nowMs: number, pageSize: number): AsyncIterable<string[]>;
  /** Postpones a profile that cannot be settled. The pause doubles each time, up to a day; the profile's next write ends it. */
  postpone(userKey: string, nowMs: number): Promise<void>;
  /**
   * All profiles with their records, without merged ones. Slices of the table can be read at the same time.
   * @param slice one of `of` parts of the table, counted from 0
   */
  people(slice?: { part: number; of: number }): AsyncIterable<PersonRecords>;
  /** Every profile, page by page. */
  scan(): AsyncIterable<Profile>;
}

/** The methods that are needed to commit one person's events. */
export type PersonStore = Pick<ProfileStore, 'load' | 'erasedAtMs' | 'saveProfile' | 'saveContent' | 'keepContent' | 'point' | 'close' | 'recordTransition' | 'recordConversion' | 'recordWorkflow' | 'endedOf' | 'copyRecords' | 'recordRefusedMerge'>;

export interface RefusedMerge {
  anonymousKey: string;
  /** Whose history it is. */
  owner: string;
  atMs: number;
}

export type StoredTransition = Omit<RecordTransition, 'kind'>;
export type StoredConversion = Omit<RecordConversion, 'kind' | 'id'>;
/** A workflow of the person; fields that are missing while it runs are set at its end. */
export type StoredWorkflow = Pick<WorkflowEnd, 'campaign' | 'executionName' | 'entryAtMs'> & Partial<Pick<WorkflowEnd, 'endedAtMs' | 'outcome' | 'error'>>;
export type StoredAnswer = Omit<SurveyRecord, 'userKey'>;

/** Of about the last 400 days, oldest first. */
export interface PersonRecords {
  profile: Profile;
  transitions: StoredTransition[];
  conversions: StoredConversion[];
  workflows: StoredWorkflow[];
  /** The last one by each survey link. */
  answers: StoredAnswer[];
}

/** DynamoDB takes at most this many keys in one BatchGetItem. */
const batchGetKeys = 100;
/** A key that is left unread so often is of a busy partition. Whoever asks for it alone has the SDK's attempts, and everybody else goes on. */
const readAttempts = 4;
const ledgerDays = 400;

/** @param pause before the next attempt, for keys that a busy table left unread */
export function createProfileStore(client: DynamoDBDocumentClient, table: string, pause: (ms: number) => Promise<unknown> = sleep): ProfileStore {
  const get = async (userKey: string, part: string) =>
    (await client.send(new GetCommand({ TableName: table, Key: { userKey, part }, ConsistentRead: true }))).Item;

  const put = async (Item: object, version: number) => {
    const isWritten = await ifConditionHolds(client.send(new PutCommand({ TableName: table, Item, ...overVersion(version) })));
    if (!isWritten) throw new WriteConflict();
  };

  const tombstones = createTombstones(client, table, pause);

  const store: ProfileStore = {
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

    async *due(dueShard, nowMs, pageSize) {
      const query = {
        TableName: table,
        IndexName: 'due',
        KeyConditionExpression: 'dueShard = :shard AND dueAtMs <= :now',
        ExpressionAttributeValues: { ':shard': dueShard, ':now': nowMs },
      };
      for await (const { Items = [] } of paginateQuery({ client, pageSize }, query)) yield Items.map((item) => String(item.userKey));
    },

    async postpone(userKey, nowMs) {
      const Key = { userKey, part: 'profile' };
      const isDue = { ConditionExpression: 'dueAtMs <= :now', ReturnValues: 'UPDATED_NEW' as const };
      const update = (UpdateExpression: string, values: object, more: object) =>
        client.send(new UpdateCommand({ TableName: table, Key, UpdateExpression, ExpressionAttributeValues: { ':now': nowMs, ...values }, ...more }));
      const answer = await update('ADD tries :one', { ':one': 1 }, isDue);
      await ifConditionHolds(update('SET dueAtMs = :until', { ':until': nowMs + pauseMs(Number(answer.Attributes?.tries)) }, isDue));
    },

    async *people(slice) {
      const pages = paginateScan(
        { client },
        {
          TableName: table,
          FilterExpression: '#part <> :content',
          ExpressionAttributeNames: { '#part': 'part' },
          ExpressionAttributeValues: { ':content': 'content' },
          ...(slice && { Segment: slice.part, TotalSegments: slice.of }),
        },
      );
      // A scan gives the items of one partition key one after the other, in the order of their sort keys.
      let items: StoredItem[] = [];
      for await (const { Items = [] } of pages) {
        for (const item of Items as StoredItem[]) {
          if (items[0] !== undefined && items[0].userKey !== item.userKey) {
            yield* personIn(items);
            items = [];
          }
          items.push(item);
        }
      }
      yield* personIn(items);
    },

    async *scan() {
      const pages = paginateScan(
        { client },
        { TableName: table, FilterExpression: '#part = :profile', ExpressionAttributeNames: { '#part': 'part' }, ExpressionAttributeValues: { ':profile': 'profile' } },
      );
      for await (const { Items = [] } of pages) for (const item of Items) yield decodeProfile(item as ProfileItem);
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

type StoredItem = { userKey: string; part: string };

function personIn(items: readonly StoredItem[]): PersonRecords[] {
  const item = items.find(({ part }) => part === 'profile');
  if (item === undefined) return [];
  const profile = decodeProfile(item as ProfileItem);
  if (profile.mergedInto !== undefined) return [];
  const recorded = <T>(prefix: string) =>
    items.flatMap(({ part, ...rest }) => (part.startsWith(prefix) ? [rest as T & { userKey: string; expiresAtS: number }] : [])).map(({ userKey: _key, expiresAtS: _expires, ...record }) => record as T);
  return [{ profile, transitions: recorded<StoredTransition>('transition#'), conversions: recorded<StoredConversion>('conversion#'), workflows: recorded<StoredWorkflow>('workflow#'), answers: recorded<StoredAnswer>(surveyPartPrefix) }];
}

/** The pause after so many failures in a row: from 10 minutes to a day. */
export const pauseMs = (tries: number): number => Math.min(24 * hourMs, 5 * 60_000 * 2 ** tries);

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}
