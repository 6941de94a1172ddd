import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { WriteConflict } from '../../domain/errors.ts';
import { isOverLimit, withSoftBounce, type Inbox, type SoftBounce, type SoftBounceLimit } from '../../domain/profile/inbox.ts';
import { ifConditionHolds } from '../conditions.ts';

/** Why an address gets no more email. */
export type SuppressionReason = 'bounce' | 'complaint' | 'suppression-list' | 'soft-bounces';

/** What is known of addresses, each named by its hash (`addressHash`); one item, so one read, for each. */
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
}

/** In the partition of suppressed addresses, which was there first. */
const kind = 'suppression';
const attempts = 6;

interface Stored {
  reason?: string;
  soft?: SoftBounce[];
  /** Counts the changes of `soft`. */
  revision?: number;
  [decision: `left#${string}` | `back#${string}`]: number;
}

export function createInboxStore(client: DynamoDBDocumentClient, table: string): InboxStore {
  const get = async (id: string) => ((await client.send(new GetCommand({ TableName: table, Key: { kind, id }, ConsistentRead: true }))).Item ?? {}) as Stored;
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
    async read(id, topics) {
      const item = await get(id);
      const times = (decision: 'left' | 'back') =>
        Object.fromEntries(topics.flatMap((topic) => (Object.hasOwn(item, `${decision}#${topic}`) ? [[topic, item[`${decision}#${topic}`] as number]] : [])));
      return { suppressed: item.reason !== undefined, decisions: { unsubscribedAtMs: times('left'), resubscribedAtMs: times('back') } };
    },
    async suppress(id, reason, atMs) {
      await update(id, 'SET #reason = :reason, #at = :at', undefined, { '#reason': 'reason', '#at': 'atMs' }, { ':reason': reason, ':at': atMs });
    },
    async decide(id, decision, topic, atMs) {
      await update(id, 'SET #decision = :at', 'attribute_not_exists(#decision) OR #decision < :at', { '#decision': `${decision}#${topic}` }, { ':at': atMs });
    },
    async addSoftBounce(id, bounce, limit) {
      const bounces = await revise(id, (known) => withSoftBounce(known, bounce));
      if (!isOverLimit(bounces, limit)) return false;
      await store.suppress(id, 'soft-bounces', bounce.atMs);
      return true;
    },
    async removeSoftBounce(id, sendId) {
      await revise(id, (known) => known.filter((bounce) => bounce.sendId !== sendId));
    },
  };
  return store;
}
