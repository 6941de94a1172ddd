import { randomBytes } from 'node:crypto';
import { DeleteCommand, GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { WriteConflict } from '../../domain/errors.ts';
import { hexHash } from '../../domain/hash.ts';
import { isOverLimit, withSoftBounce, type Inbox, type SoftBounce, type SoftBounceLimit } from '../../domain/profile/inbox.ts';
import { ifConditionHolds } from '../conditions.ts';

/** Why an address gets no more email. */
export type SuppressionReason = 'bounce' | 'complaint' | 'suppression-list' | 'soft-bounces';

/**
 * What is known of addresses, each named by its hash (`addressHash`); one item, so one read, for each. It stays when a person is erased, so it lies under
 * the hash of that and of a salt, which is as old as the first address: somebody with a list of hashes cannot look them up.
 */
export interface InboxStore {
  /** @param topics whose decisions are wanted, `*` being one as well */
  read(inbox: string, topics: readonly string[]): Promise<Inbox>;
  /** The address must not be mailed any more. */
  suppress(inbox: string, reason: SuppressionReason, atMs: number): Promise<void>;
  /** Records that a topic was left (`*`: everything), or come back to. A newer decision of the same kind is kept. */
  decide(inbox: string, decision: 'left' | 'back', topic: string, atMs: number): Promise<void>;
  /** Counts an email that did not arrive for now, once, and suppresses the address when there were too many. @returns whether it has */
  addSoftBounce(inbox: string, bounce: SoftBounce, limit: SoftBounceLimit): Promise<boolean>;
  /** It did arrive after all. */
  removeSoftBounce(inbox: string, sendId: string): Promise<void>;
  /** Removes all of it, which only a test of the stage may do. */
  forget(inbox: string): Promise<void>;
}

/** In the partition of suppressed addresses, which was there first. */
const kind = 'suppression';
const attempts = 6;
/** Where the salt lies: no hash looks like it. */
const saltId = 'salt';

interface Stored {
  salt?: string;
  reason?: string;
  soft?: SoftBounce[];
  /** Counts the changes of `soft`. */
  revision?: number;
  [decision: `left#${string}` | `back#${string}`]: number;
}

export function createInboxStore(client: DynamoDBDocumentClient, table: string): InboxStore {
  const get = async (id: string) => ((await client.send(new GetCommand({ TableName: table, Key: { kind, id }, ConsistentRead: true }))).Item ?? {}) as Stored;
  let known: string | undefined;
  // Without a salt, nothing is known of any address. That may change at any time, so only a salt that was found is kept.
  const findSalt = async (): Promise<string | undefined> => (known ??= (await get(saltId)).salt);
  const makeSalt = async (): Promise<string> => {
    const values = { ':salt': randomBytes(32).toString('base64url') };
    const command = new UpdateCommand({ TableName: table, Key: { kind, id: saltId }, UpdateExpression: 'SET salt = if_not_exists(salt, :salt)', ExpressionAttributeValues: values, ReturnValues: 'ALL_NEW' });
    return (known = (await client.send(command)).Attributes?.salt as string);
  };
  const hash = (salt: string, inbox: string): string => hexHash([salt, inbox], 64);
  const idOf = async (inbox: string): Promise<string> => hash(known ?? (await makeSalt()), inbox);
  const update = (id: string, expression: string, condition: string | undefined, names: Record<string, string>, values: Record<string, unknown>) =>
    ifConditionHolds(
      client.send(
        new UpdateCommand({ TableName: table, Key: { kind, id }, UpdateExpression: expression, ...(condition && { ConditionExpression: condition }), ExpressionAttributeNames: names, ExpressionAttributeValues: values }),
      ),
    );
  /** @returns the bounces as they are then */
  const revise = async (id: string, change: (known: readonly SoftBounce[]) => SoftBounce[]): Promise<SoftBounce[]> => {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { soft = [], revision } = await get(id);
      const next = change(soft);
      if (JSON.stringify(next) === JSON.stringify(soft)) return next;
      const isUnchanged = revision === undefined ? 'attribute_not_exists(#revision)' : '#revision = :known';
      const values = { ':soft': next, ':next': (revision ?? 0) + 1, ...(revision !== undefined && { ':known': revision }) };
      if (await update(id, 'SET #soft = :soft, #revision = :next', isUnchanged, { '#soft': 'soft', '#revision': 'revision' }, values)) return next;
    }
    throw new WriteConflict(`soft bounces of an address, ${attempts} attempts`);
  };
  const store: InboxStore = {
    async read(inbox, topics) {
      const salt = await findSalt();
      const item = salt === undefined ? {} : await get(hash(salt, inbox));
      const times = (decision: 'left' | 'back') =>
        Object.fromEntries(topics.flatMap((topic) => (Object.hasOwn(item, `${decision}#${topic}`) ? [[topic, item[`${decision}#${topic}`] as number]] : [])));
      return { suppressed: item.reason !== undefined, decisions: { unsubscribedAtMs: times('left'), resubscribedAtMs: times('back') } };
    },
    async suppress(inbox, reason, atMs) {
      await update(await idOf(inbox), 'SET #reason = :reason, #at = :at', undefined, { '#reason': 'reason', '#at': 'atMs' }, { ':reason': reason, ':at': atMs });
    },
    async decide(inbox, decision, topic, atMs) {
      await update(await idOf(inbox), 'SET #decision = :at', 'attribute_not_exists(#decision) OR #decision < :at', { '#decision': `${decision}#${topic}` }, { ':at': atMs });
    },
    async addSoftBounce(inbox, bounce, limit) {
      const bounces = await revise(await idOf(inbox), (known) => withSoftBounce(known, bounce));
      if (!isOverLimit(bounces, limit)) return false;
      await store.suppress(inbox, 'soft-bounces', bounce.atMs);
      return true;
    },
    async removeSoftBounce(inbox, sendId) {
      await revise(await idOf(inbox), (bounces) => bounces.filter((bounce) => bounce.sendId !== sendId));
    },
    async forget(inbox) {
      await client.send(new DeleteCommand({ TableName: table, Key: { kind, id: await idOf(inbox) } }));
    },
  };
  return store;
}
