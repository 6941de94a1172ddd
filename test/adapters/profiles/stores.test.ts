import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContactLog } from '../../../lambdas/adapters/mail/contact-log.ts';
import { createControlStore, onHold, type ControlStore } from '../../../lambdas/adapters/control-store.ts';
import { dueShardOf } from '../../../lambdas/adapters/profiles/codec.ts';
import { createProfileStore } from '../../../lambdas/adapters/profiles/store.ts';
import type { ProfileStore } from '../../../lambdas/adapters/profiles/profile-store.ts';
import { createSendStore, type SendStore } from '../../../lambdas/adapters/mail/send-store.ts';
import { createSurveyStore } from '../../../lambdas/adapters/survey-store.ts';
import type { Evaluation } from '../../../lambdas/domain/classifier/evaluate.ts';
import type { TrainingRecord } from '../../../lambdas/domain/classifier/training.ts';
import { emptyContent, withEvent } from '../../../lambdas/domain/profile/content.ts';
import { WriteConflict } from '../../../lambdas/domain/errors.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { everything, hasLeft } from '../../../lambdas/domain/profile/unsubscribed.ts';
import { bookstorePlan, dayMs, identify, momentAt, sequenced, startMs, track } from '../../support/events.ts';
import { startDynamo } from '../../support/dynamo.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let profiles: ProfileStore;
let control: ControlStore;
let sends: SendStore;

/** Has the person left the topic, or everything? */
async function hasOptedOut(userKey: string, topic: string): Promise<boolean> {
  const decisions = await control.optOuts(userKey, [topic, everything]);
  return [topic, everything].some((one) => hasLeft(decisions, one));
}

beforeAll(async () => {
  dynamo = await startDynamo();
  profiles = createProfileStore(dynamo.documents, 'profiles');
  control = createControlStore(dynamo.documents, 'control');
  sends = createSendStore(dynamo.documents, 'sends');
});
afterAll(() => dynamo.stop());

const busyProfile = (userKey: string) =>
  fold(
    bookstorePlan,
    emptyProfile(userKey),
    undefined,
    sequenced([
      identify(startMs, { marketing_consent: true, email: 'x@reader.example' }),
      track('add_to_cart', startMs, { product_id: 'b1' }, { anonymousId: 'd1' }),
      track('purchase', startMs, { product_id: 'b1' }),
      track('add_to_cart', startMs + 1000, { product_id: 'b2' }),
      track('email_opened', startMs, {}, {}, { source: 'email' }),
      track('email_unsubscribed', startMs, { topic: 'news' }, {}, { source: 'email' }),
      track('email_resubscribed', startMs + 500, { topic: 'news' }, {}, { source: 'email' }),
    ]),
    momentAt(startMs + 1000),
  ).profile;

describe('profiles in DynamoDB', () => {
  test('come back as they were written', async () => {
    const profile = busyProfile('u#ana');
    const saved = await profiles.saveProfile(profile);
    expect(saved).toEqual({ ...profile, version: 1 });
    expect((await profiles.load('u#ana', false)).profile).toEqual(saved);
    const content = withEvent(emptyContent(), track('purchase', startMs, { product_id: 'b1', price: 9.5 }), bookstorePlan);
    const savedContent = await profiles.saveContent('u#ana', content);
    expect((await profiles.load('u#ana', true)).content).toEqual(savedContent);
  });

  test('are written over the version that was read, or not at all', async () => {
    const profile = busyProfile('u#ben');
    await profiles.saveProfile(profile);
    await expect(profiles.saveProfile(profile)).rejects.toBeInstanceOf(WriteConflict);
    await profiles.saveProfile({ ...profile, version: 1 });
    await expect(profiles.saveProfile({ ...profile, version: 1 })).rejects.toBeInstanceOf(WriteConflict);
  });

  test('are read many at a time, more than one call can hold', async () => {
    const keys = Array.from({ length: 130 }, (_, index) => `u#many${index}`);
    await profiles.saveProfile({ ...emptyProfile('u#many129'), exits: { abandoned_cart: 5 } });
    const loaded = await profiles.loadMany(keys.map((userKey) => ({ userKey, withContent: true })));
    expect(loaded.size).toBe(130);
    expect(loaded.get('u#many129')?.profile.exits).toEqual({ abandoned_cart: 5 });
    expect(loaded.get('u#many0')).toEqual({ profile: emptyProfile('u#many0'), content: emptyContent() });
  });

  test('are due in the order of their time, unfinished effects first', async () => {
    const [one, two] = Array.from({ length: 200 }, (_, index) => `u#due${index}`).filter((key) => dueShardOf(key) === '3') as [string, string];
    const { outbox: _outbox, ...settled } = busyProfile(one);
    await profiles.saveProfile({ ...settled, userKey: one, outbox: [], dueAtMs: startMs + dayMs });
    await profiles.saveProfile({ ...settled, userKey: two, outbox: [{ kind: 'merge', anonymousKey: 'a#x' }], dueAtMs: startMs + 9 * dayMs });
    const due = async (atMs: number, size = 10) => {
      const pages: string[][] = [];
      for await (const page of profiles.due('3', atMs, size)) pages.push(page);
      return pages;
    };
    expect((await due(startMs)).flat()).toEqual([two]);
    expect((await due(startMs + dayMs)).flat()).toEqual([two, one]);
    expect((await due(startMs + dayMs, 1)).filter((page) => page.length > 0)).toEqual([[two], [one]]);

    // Who cannot be settled has a pause of 10, then 20 minutes, and their next write ends it.
    const minuteMs = 60_000;
    await profiles.postpone(two, startMs);
    expect((await due(startMs + 10 * minuteMs - 1)).flat()).toEqual([]);
    expect((await due(startMs + 10 * minuteMs)).flat()).toEqual([two]);
    await profiles.postpone(two, startMs + 10 * minuteMs);
    expect((await due(startMs + 30 * minuteMs - 1)).flat()).toEqual([]);
    expect((await due(startMs + 30 * minuteMs)).flat()).toEqual([two]);
    const { profile } = await profiles.load(two, false);
    expect(profile.outbox).toHaveLength(1);
    await profiles.saveProfile(profile);
    expect((await due(startMs)).flat()).toEqual([two]);
    await profiles.postpone(two, startMs);
    expect((await due(startMs + 10 * minuteMs)).flat()).toEqual([two]);
  });

  test('of anonymous visitors point to the first who identified', async () => {
    await profiles.saveProfile(busyProfile('a#d9'));
    const pointed = await profiles.point('a#d9', 'u#first');
    expect(pointed).toMatchObject({ mergedInto: 'u#first', version: 2 });
    expect(pointed.signals).toEqual(busyProfile('a#d9').signals);
    expect((await profiles.point('a#d9', 'u#second')).mergedInto).toBe('u#first');
    expect((await profiles.point('a#new', 'u#first')).mergedInto).toBe('u#first');
  });

  test('are scanned without their contents and transitions', async () => {
    await profiles.recordTransition('u#ana', { kind: 'transition', from: null, to: 'everyone_else', atMs: startMs, cause: 'event', rulesVersion: 'r', thresholdsVersion: 0, scores: {}, events: [] });
    const keys: string[] = [];
    for await (const profile of profiles.scan()) keys.push(profile.userKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain('u#ana');
  });
});

describe('expiry', () => {
  const raw = async (userKey: string, part: string) => (await dynamo.documents.send(new GetCommand({ TableName: 'profiles', Key: { userKey, part } }))).Item;
  const [soonMs, laterMs] = [startMs + 90 * dayMs, startMs + 1000 * dayMs];

  test('stands on the profile and on its content, which follows it', async () => {
    await profiles.saveProfile({ ...emptyProfile('u#eva'), expiresAtMs: soonMs });
    await profiles.saveContent('u#eva', emptyContent(), soonMs);
    expect([(await raw('u#eva', 'profile'))?.expiresAtS, (await raw('u#eva', 'content'))?.expiresAtS]).toEqual([soonMs / 1000, soonMs / 1000]);
    expect((await profiles.load('u#eva', false)).profile).toMatchObject({ expiresAtMs: soonMs, onlyByWeb: true });
    await profiles.keepContent('u#eva', laterMs);
    expect((await raw('u#eva', 'content'))?.expiresAtS).toBe(laterMs / 1000);
    await profiles.keepContent('u#eva', undefined);
    expect(await raw('u#eva', 'content')).not.toHaveProperty('expiresAtS');
  });

  test('ends for a device that somebody has logged in on, but for the time that it is remembered', async () => {
    await profiles.saveProfile({ ...emptyProfile('a#e1'), expiresAtMs: soonMs });
    await profiles.point('a#e1', 'u#eva', true, laterMs);
    expect(await raw('a#e1', 'profile')).toMatchObject({ into: 'u#eva', byw: true, expiresAtS: laterMs / 1000 });
    await profiles.point('a#e1', 'u#eva');
    const item = await raw('a#e1', 'profile');
    expect([item?.into, item?.byw, item?.expiresAtS]).toEqual(['u#eva', undefined, undefined]);
  });

  test('and erasure leave no part behind: what is gone is not written to again', async () => {
    await profiles.close('a#nobody');
    await profiles.keepContent('a#nobody', laterMs);
    expect([await raw('a#nobody', 'profile'), await raw('a#nobody', 'content')]).toEqual([undefined, undefined]);
  });
});

describe('control records', () => {
  const record = { version: 1, month: '2026-03', madeAtMs: 1, values: { engaged: { enter: 55, exit: 44 } }, changes: [] };

  test('publish each version of the thresholds once', async () => {
    expect(await control.thresholds()).toBeUndefined();
    expect(await control.publishThresholds(record)).toBe(true);
    expect(await control.publishThresholds({ ...record, madeAtMs: 2 })).toBe(false);
    expect(await control.publishThresholds({ ...record, version: 2, month: '2026-04' })).toBe(true);
    expect(await control.thresholds()).toMatchObject({ version: 2 });
    expect(await control.thresholdsOfVersion(1)).toMatchObject({ month: '2026-03', madeAtMs: 1 });
  });

  test('keep the newest training of the classifier, whose model is in force when it beat the rule', async () => {
    const training = (month: string, beats: boolean): TrainingRecord => {
      const model = { month: '2026-02', threshold: 'engaged', intercept: 0, features: [], calibration: { slope: 1, offset: 0 }, above: 0.7, below: 0.3 };
      const evaluation = { people: 100, converted: 40 } as Evaluation;
      return { month, outcomeMonth: '2026-02', madeAtMs: 1, threshold: 'engaged', basis: 'everybody', people: 500, converted: 90, result: { kind: 'trained', model, evaluation, comparison: { beats, p: 0.01, missing: [] } } };
    };
    expect(await control.model()).toBeUndefined();
    expect(await control.saveTraining(training('2026-03', true))).toBe(true);
    expect(await control.model()).toMatchObject({ threshold: 'engaged' });
    expect(await control.saveTraining(training('2026-03', false))).toBe(false);
    expect(await control.training()).toEqual(training('2026-03', true));
    expect(await control.saveTraining(training('2026-04', false))).toBe(true);
    expect(await control.model()).toBeUndefined();
    expect(await control.saveTraining(training('2026-03', true))).toBe(false);
  });

  test('say which campaigns run; one that nobody has touched does', async () => {
    await control.setCampaignState('welcome', 'paused', startMs);
    await control.setCampaignState('win_back', 'stopped', startMs);
    await control.setCampaignState('win_back', 'running', startMs + 1);
    expect(await Promise.all(['welcome', 'win_back', 'reward'].map((name) => control.campaignState(name)))).toEqual(['paused', 'running', 'running']);
    // A stage that holds its mail pauses what is not stopped, and keeps what else the store can do.
    await control.setCampaignState('reward', 'stopped', 3);
    const held = onHold(control);
    expect(await Promise.all(['welcome', 'win_back', 'reward'].map((name) => held.campaignState(name)))).toEqual(['paused', 'paused', 'stopped']);
    expect(await held.optOuts('u#nobody', ['offers'])).toEqual({ unsubscribedAtMs: {}, resubscribedAtMs: {} });
  });

  test('keep the newest description of a product', async () => {
    await control.saveProduct('b1', { details: { price: 2 }, atMs: 20 });
    await control.saveProduct('b1', { details: { price: 1 }, atMs: 10 });
    expect(await control.product('b1')).toEqual({ price: 2 });
  });

  test('remember who left a topic', async () => {
    await control.optOut('u#ana', 'offers', 1);
    expect([await hasOptedOut('u#ana', 'offers'), await hasOptedOut('u#ana', 'news')]).toEqual([true, false]);
    await control.optOut('u#ana', '*', 2);
    expect(await hasOptedOut('u#ana', 'news')).toBe(true);
  });

  test('keep the newest decision about a topic, so that a late repetition undoes nothing', async () => {
    const decide = async (...decisions: [back: boolean, atMs: number][]) => {
      const userKey = `u#decides-${JSON.stringify(decisions)}`;
      for (const [back, atMs] of decisions) await (back ? control.optIn(userKey, 'offers', atMs) : control.optOut(userKey, 'offers', atMs));
      return hasOptedOut(userKey, 'offers');
    };
    const [left, back] = [false, true];
    expect(await decide([left, 5], [back, 6])).toBe(false);
    expect(await decide([left, 5], [back, 6], [left, 5])).toBe(false);
    expect(await decide([left, 5], [back, 6], [left, 7])).toBe(true);
    expect(await decide([left, 7], [back, 6])).toBe(true);
    expect(await decide([left, 5], [back, 5])).toBe(true);
    expect(await decide([back, 5], [left, 5])).toBe(true);
  });

  test('tell the decision about each topic that is asked for', async () => {
    await control.optOut('u#chooses', 'offers', 5);
    await control.optIn('u#chooses', 'news', 6);
    await control.optOut('u#chooses', '*', 7);
    expect(await control.optOuts('u#chooses', ['offers', 'news', 'tips'])).toEqual({ unsubscribedAtMs: { offers: 5 }, resubscribedAtMs: { news: 6 } });
    expect(await hasOptedOut('u#chooses', 'tips')).toBe(true);
    await control.optIn('u#chooses', '*', 8);
    expect([await hasOptedOut('u#chooses', 'tips'), await hasOptedOut('u#chooses', '*'), await hasOptedOut('u#chooses', 'offers')]).toEqual([false, false, true]);
  });
});

describe('survey answers', () => {
  const record = { userKey: 'u#ana', campaign: 'c', step: 'hello', question: 'taste', answer: 'yes', change: 1, atMs: startMs };

  test('are kept one after the other, each over the one that was read', async () => {
    const surveys = createSurveyStore(dynamo.documents, 'profiles');
    const { answer: _answer, change: _change, atMs: _at, ...claim } = record;
    expect(await surveys.get(claim)).toBeUndefined();
    expect(await surveys.put(record)).toBe(true);
    expect(await surveys.put({ ...record, answer: 'no' })).toBe(false);
    expect(await surveys.put({ ...record, answer: 'no', change: 2, segment: 'fans' })).toBe(true);
    expect(await surveys.get(claim)).toEqual({ ...record, answer: 'no', change: 2, segment: 'fans' });
    expect(await surveys.get({ ...claim, step: 'bye' })).toBeUndefined();
  });
});

describe('the contact log', () => {
  test('takes one of two emails that were decided on at once', async () => {
    const contacts = createContactLog(dynamo.documents, 'control');
    const log = await contacts.read('u#ana');
    const added = await Promise.all(['s1', 's2'].map((sendId) => contacts.add('u#ana', log, { sendId, atMs: startMs })));
    expect(added.filter(Boolean)).toHaveLength(1);
    const next = await contacts.read('u#ana');
    expect(next.emails).toHaveLength(1);
    expect(await contacts.add('u#ana', next, { sendId: 's3', atMs: startMs + 1 })).toBe(true);
    expect((await contacts.read('u#ana')).emails.at(-1)).toEqual({ sendId: 's3', atMs: startMs + 1 });
  });
});

describe('sends', () => {
  const record = { sendId: 's1', userKey: 'u#ana', campaign: 'c', step: 'offer', executionName: 'e', claimedAtMs: startMs };

  test('are claimed by one of many', async () => {
    const claims = await Promise.all(Array.from({ length: 20 }, () => sends.claim(record)));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  test('take what the provider tells, and keep the confirmation that comes in between', async () => {
    await sends.revise('s1', (record) => ({ ...record, clickedAtMs: 500, evidence: { clicks: [{ atMs: 500, link: 'l' }] } }));
    const revised = await sends.revise('s1', ({ clickedAtMs: _gone, ...record }) => ({ ...record, autoClickedAtMs: 500 }));
    await sends.confirm('s1', 'm1', 100);
    expect(revised).not.toHaveProperty('clickedAtMs');
    expect(await sends.get('s1')).toMatchObject({ ...record, autoClickedAtMs: 500, sentAtMs: 100, messageId: 'm1', evidence: { clicks: [{ atMs: 500, link: 'l' }] } });
    expect(await sends.get('s1')).not.toHaveProperty('clickedAtMs');
    expect(await sends.revise('nobody', (record) => ({ ...record, openedAtMs: 1 }))).toBeUndefined();
    expect(await sends.get('nobody')).toBeUndefined();
  });

  test('lose nothing of what is told at once', async () => {
    const add = (softBounces: number) => sends.revise('s1', (record) => ({ ...record, softBounces: (record.softBounces ?? 0) + softBounces }));
    await Promise.all([add(1), add(10), add(100)]);
    expect((await sends.get('s1'))?.softBounces).toBe(111);
  });

  test('can be given back while unsent', async () => {
    await sends.claim({ ...record, sendId: 's2' });
    await sends.release('s2');
    expect(await sends.claim({ ...record, sendId: 's2' })).toBe(true);
  });
});
