import { DeleteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { counterKinds } from '../../lambdas/adapters/counters.ts';
import { contactKey } from '../../lambdas/adapters/mail/contact-log.ts';
import { createInboxStore } from '../../lambdas/adapters/mail/inbox-store.ts';
import { createTombstones } from '../../lambdas/adapters/profiles/tombstones.ts';
import { backlogKey } from '../../lambdas/adapters/profiles/backlog.ts';
import { sendIdOf } from '../../lambdas/domain/campaigns/send-id.ts';
import { addressHash } from '../../lambdas/domain/emails/address.ts';
import { smokeTest, withSmokeTest } from '../../lambdas/schemas/smoke-test.ts';
import { stopAndDelete } from '../person/erase.ts';
import { itemsOf } from '../person/find.ts';
import type { World } from './world.ts';

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/**
 * Removes what a run has made, as an erasure does: first it is noted that these people are gone, so that nothing that is still on its way makes
 * them anew, nor a replay of the archive. All is found by the ids that the run has made up, so nothing is scanned.
 * @returns what was removed
 */
export async function clean(world: World): Promise<string> {
  const { documents, profilesTable, sendsTable, controlTable } = world.target;
  const config = withSmokeTest(world.config);
  const people = [...world.people];
  const tombstones = createTombstones(documents, profilesTable);
  const inboxes = createInboxStore(documents, controlTable);
  const remove = (TableName: string, Key: Record<string, string>) => documents.send(new DeleteCommand({ TableName, Key }));
  const runs = new Map<string, string>(world.mailed.flatMap(({ executionName }) => (executionName === undefined ? [] : [[executionName, smokeTest] as const])));
  let items = 0;
  for (const key of people) await tombstones.set(key, world.target.nowMs);
  for (const key of people) {
    const own = await itemsOf(documents, profilesTable, [key, backlogKey(key)]);
    for (const { run = {} } of own) for (const { executionName, campaign } of Object.values(run as Record<string, { executionName: string; campaign: string }>)) runs.set(executionName, campaign);
    await stopAndDelete(world.target, key);
    for (const { userKey, part } of own) await remove(profilesTable, { userKey: String(userKey), part: String(part) });
    items += own.length;
  }
  for (const [executionName, campaign] of runs) {
    await world.target.workflows.stop({ kind: 'stop', campaign, executionName, cause: 'npm run smoke has ended' });
    const { steps = {}, waits = {} } = config.campaigns[campaign] ?? {};
    for (const step of Object.keys(steps)) await remove(sendsTable, { sendId: sendIdOf(executionName, step) });
    for (const wait of Object.keys(waits)) await remove(controlTable, { kind: 'wait', id: `${executionName}#${wait}` });
  }
  for (const { address, name } of world.mailed) {
    // What is known of a real address stays, and it has got one email more.
    if (name === 'to') continue;
    await remove(controlTable, { kind: 'contact', id: contactKey(address) });
    await inboxes.forget(addressHash(address));
  }
  for (const key of people) for (const topic of ['*', smokeTest]) await remove(controlTable, { kind: 'opt-out', id: `${key}#${topic}` });
  for (const { kind, id } of await countersOf(world)) await remove(controlTable, { kind, id });
  for (const id of world.keys.ids) await remove(controlTable, { kind: 'write-key', id });
  return `${items} items of ${people.length} people, ${runs.size} workflows with their emails, and ${world.keys.ids.length} write keys`;
}

/** Emails that were left out are counted by day, campaign, step and reason. */
async function countersOf({ target: { documents, controlTable, nowMs } }: World): Promise<{ kind: string; id: string }[]> {
  const found: { kind: string; id: string }[] = [];
  for (const day of new Set([nowMs, Date.now()].map(dayOf))) {
    for (const kind of counterKinds(day.slice(0, 7))) {
      const query = { TableName: controlTable, KeyConditionExpression: 'kind = :kind AND begins_with(id, :id)', ExpressionAttributeValues: { ':kind': kind, ':id': `${day}#${smokeTest}#` } };
      const { Items = [] } = await documents.send(new QueryCommand(query));
      found.push(...Items.map(({ id }) => ({ kind, id: String(id) })));
    }
  }
  return found;
}
