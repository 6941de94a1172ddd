import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { createSendStore, type SendRecord } from '../../../lambdas/adapters/mail/send-store.ts';
import { createKeyRingStore } from '../../../lambdas/adapters/signing-keys.ts';
import { isHeldOut } from '../../../lambdas/domain/campaigns/holdout.ts';
import { sendIdOf } from '../../../lambdas/domain/campaigns/send-id.ts';
import { knownKey } from '../../../lambdas/domain/events/event.ts';
import { signLink } from '../../../lambdas/domain/links/tokens.ts';
import { smokeTest, smokeTestEvents } from '../../../lambdas/schemas/smoke-test.ts';
import { taken, track, withId } from '../http.ts';
import { known, until, type Mailed, type World } from '../world.ts';

/** SES takes labels behind a plus; with one of its own, no run meets an address that an earlier one has had suppressed. */
const simulated = { delivery: 'success', bounce: 'bounce', complaint: 'complaint' } as const;

/** Identifies those who are mailed, and starts their workflows by an event. */
export async function enterCampaign(world: World, to: string | undefined): Promise<string> {
  const { config, run, target } = world;
  const addresses = { ...Object.fromEntries(Object.entries(simulated).map(([name, mailbox]) => [name, `${mailbox}+segue-${run}@simulator.amazonses.com`])), ...(to !== undefined && { to }) } as Record<Mailed['name'], string>;
  for (const [name, address] of Object.entries(addresses) as [Mailed['name'], string][]) {
    const { userId } = known(world, nameOutsideHoldout(world, `mailed-${name}`));
    const consent = config.consent.trait === null ? {} : { [config.consent.trait]: true };
    const traits = { email: address, timezone: zoneAtNoon(target.nowMs), ...consent };
    await taken(world, { name: 'identify', path: '/v1/identify', body: JSON.stringify({ userId, traits, ...withId(world, 'identify') }) });
    await track(world, smokeTestEvents.started, { userId });
    world.mailed.push({ name, userId, address });
  }
  for (const one of world.mailed) {
    one.executionName = await until(`the workflow of ${one.name}`, async () => (await runOf(world, one.userId))?.executionName, world.patienceMs);
    one.sendId = sendIdOf(one.executionName, 'first');
  }
  return `${world.mailed.length} workflows were started by an event`;
}

/** The smoke test has no holdout, but the shop may have one for all campaigns. */
function nameOutsideHoldout({ config, run }: World, name: string): string {
  for (let attempt = 0; attempt < 1000; attempt += 1) if (!isHeldOut(knownKey(`segue-smoke-${run}-${name}-${attempt}`), config.holdout)) return `${name}-${attempt}`;
  throw new Error(`holdout of segue.config.ts is ${config.holdout}: nobody is mailed`);
}

/** A time zone in which it is midday, so that no quiet hours put the email off. */
export function zoneAtNoon(nowMs: number): string {
  const hours = 12 - new Date(nowMs).getUTCHours();
  return `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
}

interface Run {
  campaign: string;
  executionName: string;
}

async function runOf({ target: { documents, profilesTable } }: World, userId: string): Promise<Run | undefined> {
  const { Item } = await documents.send(new GetCommand({ TableName: profilesTable, Key: { userKey: knownKey(userId), part: 'profile' }, ConsistentRead: true }));
  return Object.values((Item?.run ?? {}) as Record<string, Run>).find(({ campaign }) => campaign === smokeTest);
}

type Mark = 'sentAtMs' | 'deliveredAtMs' | 'bouncedAtMs' | 'complainedAtMs' | 'unsubscribedAtMs';

async function seeMark(world: World, { name, sendId = '', executionName = '' }: Mailed, mark: Mark): Promise<SendRecord> {
  const sends = createSendStore(world.target.documents, world.target.sendsTable);
  return until(`${mark.replace('AtMs', '')} of the email of ${name}`, async () => {
    const record = await sends.get(sendId);
    if (record?.[mark] !== undefined) return record;
    // One that has ended without an email will send none.
    const ended = record === undefined ? await endOf(world, executionName) : undefined;
    if (ended !== undefined) throw new Error(`the workflow of ${name} ended without an email: ${ended.status} ${ended.text}`);
    return undefined;
  }, world.patienceMs);
}

/** @returns undefined while it runs */
async function endOf({ states, machineArnPrefix }: World, executionName: string): Promise<{ status: string; text: string; output: Record<string, { answer?: { outcome?: string; reason?: string } }> } | undefined> {
  const executionArn = `${machineArnPrefix.replace(':stateMachine:', ':execution:')}${smokeTest}:${executionName}`;
  const { status = '', output = '{}', error = '', cause = '' } = await states.send(new DescribeExecutionCommand({ executionArn }));
  return status === 'RUNNING' ? undefined : { status, text: error === '' ? output : `${error}: ${cause}`.slice(0, 300), output: JSON.parse(output) as never };
}

export async function seeSent(world: World): Promise<string> {
  for (const one of world.mailed) await seeMark(world, one, 'sentAtMs');
  return `${world.mailed.length} emails were sent`;
}

/** Delivery, bounce and complaint come back by SES, EventBridge and the stream. */
export async function seeFeedback(world: World): Promise<string> {
  const marks = { delivery: 'deliveredAtMs', bounce: 'bouncedAtMs', complaint: 'complainedAtMs' } as const;
  const seen: string[] = [];
  for (const one of world.mailed) {
    if (one.name === 'to') continue;
    const mark = marks[one.name];
    const record = await seeMark(world, one, mark);
    seen.push(`${one.name} after ${(((record[mark] ?? 0) - (record.sentAtMs ?? 0)) / 1000).toFixed(1)} s`);
  }
  return seen.join(', ');
}

/** Leaves by the link of the email: the page, then the one click of a mail program. */
export async function unsubscribe(world: World): Promise<string> {
  const one = world.mailed.find(({ name }) => name === 'delivery')!;
  const ring = await createKeyRingStore(world.ssm, world.signingKeys).read();
  const key = ring?.keys.find(({ keyId }) => keyId === ring.current);
  if (key === undefined) throw new Error(`${world.signingKeys} has no key that signs links`);
  const link = `${world.endpoint}/u/${signLink({ userKey: knownKey(one.userId), topic: smokeTest, sendId: one.sendId! }, key)}`;
  world.links.push(link);
  const page = await fetch(link);
  await page.text();
  if (page.status !== 200) throw new Error(`the page behind the link was answered with ${page.status}`);
  const left = await fetch(link, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' });
  await left.text();
  if (left.status !== 200) throw new Error(`unsubscribing was answered with ${left.status}`);
  await seeMark(world, one, 'unsubscribedAtMs');
  return 'the page opens, one click leaves, and the email knows it';
}

/** Lets the workflows go on with an event. Nobody of them may get another email. */
export async function goOn(world: World): Promise<string> {
  const reasons: Partial<Record<Mailed['name'], string[]>> = { delivery: ['unsubscribed'], bounce: ['suppressed'], complaint: ['suppressed', 'unsubscribed'] };
  const seen: string[] = [];
  for (const { name, userId } of world.mailed) if (name !== 'to') await track(world, smokeTestEvents.continued, { userId });
  for (const { name, userId, executionName = '' } of world.mailed) {
    const expected = reasons[name];
    if (expected === undefined) continue;
    const { status, text, output } = await until(`the end of the workflow of ${name}`, () => endOf(world, executionName), world.patienceMs);
    const { outcome, reason = '' } = output.second?.answer ?? {};
    if (status !== 'SUCCEEDED' || outcome !== 'skipped' || !expected.includes(reason)) throw new Error(`the workflow of ${name} ended as ${status} ${text}; its second email had to be left out: ${expected.join(' or ')}`);
    await until(`the profile of ${name} without a running workflow`, async () => ((await runOf(world, userId)) === undefined ? true : undefined), world.patienceMs);
    seen.push(`${name}: no second email, ${reason}`);
  }
  return seen.join('; ');
}
