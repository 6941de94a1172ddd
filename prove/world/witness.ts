import { gunzipSync } from 'node:zlib';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ProfileRow, Witness } from '../check/witness.ts';
import type { Person } from '../people/person.ts';
import { countedEvents } from './shop.ts';
import type { World } from './world.ts';

/** What the checker may know besides the history: what lies in the tables at the end, and what was promised in the config. */
export function witnessOf({ dynamo, s3, shop, states, mostSkewMs, maxPerSecond, refresh, hot, rejection }: World, people: readonly Person[]): Witness {
  const rows = (table: string) => (dynamo.tables.get(table)?.scan(true) ?? []).map((item) => unmarshall(item));
  const { contact, campaigns, consent } = shop.config;
  return {
    profiles: rows('profiles') as ProfileRow[],
    sends: rows('sends') as unknown as Witness['sends'],
    signalOf: Object.fromEntries(countedEvents.map((name) => [name, shop.plan.signalsFor(name).find(({ event, where, sum, sessions }) => event === name && !where && !sum && !sessions)?.id ?? ''])),
    maxPerDay: contact.maxPerDay,
    maxPerWeek: contact.maxPerWeek,
    maxPerSecond,
    asksConsent: consent.trait !== null,
    webProfileDays: shop.config.retention.webProfileDays,
    campaigns: Object.fromEntries(Object.entries(campaigns).map(([name, { stateMachine, topic, exit, reentry, transactional, steps }]) => [name, { firstStep: Object.keys(steps)[0] ?? '', firstWaitMs: (Object.values(steps)[0]?.afterHours ?? 0) * 3_600_000, machine: stateMachine, topic, transactional, exitEvent: exit.event, isOnce: reentry === 'once' }])),
    people: people.map(({ name, userId, inboxes, hasAccount }) => ({ name, key: `u#${userId}`, inboxes: [...inboxes], hasAccount })),
    running: [...states.executions.values()].filter(({ end }) => end === undefined).map(({ name }) => name),
    mostSkewMs,
    onlyTroubled: hot?.isAlone ? hot.userKey : undefined,
    softBounces: shop.config.suppression,
    refusedForGood: rejection?.untilMs === Infinity ? rejection.to : undefined,
    isRefreshStuck: refresh.isStuck,
    tables: Object.fromEntries(['profiles', 'control', 'sends'].map((table) => [table, rows(table)])),
    objects: Object.values(s3.buckets).flatMap((bucket) => bucket.versions().map(({ key, sinceMs, body }) => ({ key, sinceMs, lines: linesOf(key, body) }))),
  };
}

/** A dead letter is one line, and its record, which is in base64, stands behind it. */
function linesOf(key: string, body: Buffer): string[] {
  if (key.endsWith('.gz')) return gunzipSync(body).toString().split('\n');
  const text = body.toString();
  return [text, ...[...text.matchAll(/"data":"([^"]+)"/g)].map(([, data = '']) => Buffer.from(data, 'base64').toString())];
}
