import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCounters } from '../../lambdas/adapters/counters.ts';
import { createNotices } from '../../lambdas/adapters/notices.ts';
import { createProfileStore } from '../../lambdas/adapters/profiles/store.ts';
import type { PersonRecords, ProfileStore } from '../../lambdas/adapters/profiles/profile-store.ts';
import { createSendStore } from '../../lambdas/adapters/mail/send-store.ts';
import { createSurveyStore } from '../../lambdas/adapters/survey-store.ts';
import type { RecordConversion } from '../../lambdas/domain/profile/effects.ts';
import { emptyContent } from '../../lambdas/domain/profile/content.ts';
import { emptyProfile } from '../../lambdas/domain/profile/profile.ts';
import { dayMs, startMs } from '../support/events.ts';
import { startDynamo } from '../support/dynamo.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let profiles: ProfileStore;

beforeAll(async () => {
  dynamo = await startDynamo();
  profiles = createProfileStore(dynamo.documents, 'profiles');
});
afterAll(() => dynamo.stop());

const bought = (id: string, atMs: number): RecordConversion => ({
  kind: 'conversion',
  id,
  event: 'purchase',
  atMs,
  receivedAtMs: atMs,
  source: 'server',
  revenue: 12.5,
  currency: 'EUR',
  segment: null,
  scores: { engagement: 3 },
});

async function everybody(of: number): Promise<PersonRecords[]> {
  const found: PersonRecords[] = [];
  for (let part = 0; part < of; part += 1) for await (const person of profiles.people({ part, of })) found.push(person);
  return found.sort((a, b) => (a.profile.userKey < b.profile.userKey ? -1 : 1));
}

describe('people with what is recorded of them', () => {
  test('come once each, with their conversions in order of time, from any number of parts', async () => {
    for (let index = 0; index < 30; index += 1) await profiles.saveProfile(emptyProfile(`u#p${String(index).padStart(2, '0')}`));
    await profiles.saveContent('u#p00', emptyContent());
    await profiles.recordConversion('u#p00', bought('later', startMs + dayMs));
    await profiles.recordConversion('u#p00', bought('first', startMs));
    await profiles.recordConversion('u#p00', bought('first', startMs));
    await profiles.recordTransition('u#p00', { kind: 'transition', from: null, to: 'fans', atMs: startMs, cause: 'event', rulesVersion: 'r', thresholdsVersion: 0, scores: {}, events: [] });
    const [one] = await everybody(1);
    const { kind: _kind, id: _id, ...stored } = bought('first', startMs);
    expect(one?.conversions).toEqual([stored, { ...stored, atMs: startMs + dayMs, receivedAtMs: startMs + dayMs }]);
    expect(one?.transitions.map(({ to }) => to)).toEqual(['fans']);
    expect(await everybody(4)).toEqual(await everybody(1));
    expect(await everybody(4)).toHaveLength(30);
  });

  test('have the last answer by each survey link, and that of a guest who turned out to be them', async () => {
    const surveys = createSurveyStore(dynamo.documents, 'profiles');
    const answered = (userKey: string, step: string, answer: string, atMs: number) => surveys.put({ userKey, campaign: 'welcome', step, question: 'useful', answer, change: 1, atMs, segment: 'fans' });
    await profiles.saveProfile(emptyProfile('a#phone'));
    await profiles.saveProfile(emptyProfile('u#yara'));
    await answered('a#phone', 'hello', 'no', startMs);
    await answered('a#phone', 'picks', 'no', startMs);
    await answered('u#yara', 'picks', 'yes', startMs + 1);
    await answered('u#yara', 'later', 'yes', startMs + 2);
    await profiles.point('a#phone', 'u#yara');
    await profiles.copyRecords('a#phone', 'u#yara');
    const found = (await everybody(1)).find(({ profile }) => profile.userKey === 'u#yara')?.answers;
    expect(found).toContainEqual({ campaign: 'welcome', step: 'later', question: 'useful', answer: 'yes', change: 1, atMs: startMs + 2, segment: 'fans' });
    expect(found?.map(({ step, answer, atMs }) => [step, answer, atMs - startMs]).sort()).toEqual([
      ['hello', 'no', 0],
      ['later', 'yes', 2],
      ['picks', 'yes', 1],
    ]);
  });

  test('have the conversions of those who became part of them, who do not count any more', async () => {
    await profiles.saveProfile(emptyProfile('a#device'));
    await profiles.recordConversion('a#device', bought('guest', startMs));
    await profiles.saveProfile(emptyProfile('u#zoe'));
    await profiles.point('a#device', 'u#zoe');
    await profiles.copyRecords('a#device', 'u#zoe');
    const people = await everybody(1);
    expect(people.find(({ profile }) => profile.userKey === 'u#zoe')?.conversions.map(({ atMs }) => atMs)).toEqual([startMs]);
    expect(people.some(({ profile }) => profile.userKey === 'a#device')).toBe(false);
  });
});

test('emails of a time are those that were decided on, opened or clicked since', async () => {
  const sends = createSendStore(dynamo.documents, 'sends');
  const claim = (sendId: string, claimedAtMs: number) =>
    sends.claim({ sendId, userKey: 'u#ana', campaign: 'abandoned_cart', step: 'offer', executionName: sendId, claimedAtMs });
  for (const sendId of ['old', 'opened', 'clicked']) await claim(sendId, startMs - 30 * dayMs);
  await claim('new', startMs);
  await sends.revise('opened', (record) => ({ ...record, openedAtMs: startMs + 1 }));
  await sends.revise('clicked', (record) => ({ ...record, clickedAtMs: startMs + 1 }));
  await sends.revise('old', (record) => ({ ...record, openedAtMs: startMs - 1 }));
  const found: string[] = [];
  for await (const page of sends.since(startMs)) found.push(...page.map(({ sendId }) => sendId));
  expect(found.sort()).toEqual(['clicked', 'new', 'opened']);
});

test('what is counted instead of sent adds up over its shards, by day', async () => {
  let shard = 0;
  const counters = createCounters(dynamo.documents, 'control', () => (shard++ % 8) / 8);
  const skip = { campaign: 'abandoned_cart', step: 'offer', reason: 'no-consent' } as const;
  for (let index = 0; index < 20; index += 1) await counters.add(skip, startMs);
  await counters.add(skip, startMs + dayMs);
  await counters.add({ ...skip, reason: 'deferred' }, startMs);
  await counters.add(skip, startMs - 1);
  const march = (await counters.ofMonth('2026-03')).sort((a, b) => a.day.localeCompare(b.day) || a.count - b.count);
  expect(march).toEqual([
    { ...skip, reason: 'deferred', day: '2026-03-01', count: 1 },
    { ...skip, day: '2026-03-01', count: 20 },
    { ...skip, day: '2026-03-02', count: 1 },
  ]);
  expect(await counters.ofMonth('2026-02')).toEqual([{ ...skip, day: '2026-02-28', count: 1 }]);
});

test('a reader is told once of a month, unless the mail certainly did not go', async () => {
  const notices = createNotices(dynamo.documents, 'control');
  expect(await notices.claim('2026-03', 'lead@shop.example', startMs)).toBe(true);
  expect(await notices.claim('2026-03', 'Lead@shop.example', startMs)).toBe(false);
  expect(await notices.claim('2026-04', 'lead@shop.example', startMs)).toBe(true);
  await notices.release('2026-03', 'lead@shop.example');
  expect(await notices.claim('2026-03', 'lead@shop.example', startMs)).toBe(true);
});
