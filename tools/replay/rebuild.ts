import { carriesContent, emptyContent, mergeContent, withEvent, type Content } from '../../lambdas/domain/profile/content.ts';
import { idIn, isAnonymous, knownKey } from '../../lambdas/domain/events/event.ts';
import { fold } from '../../lambdas/domain/fold/fold.ts';
import { mergeProfiles, withIdentityOf } from '../../lambdas/domain/fold/merge.ts';
import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import type { Moment } from '../../lambdas/domain/profile/view.ts';
import { settle } from '../../lambdas/domain/fold/settle.ts';
import type { PastEvent } from './events.ts';

export interface Rebuilt {
  profile: Profile;
  content: Content;
}

/** Where the pipeline stands with a profile: how far it has applied events, and what it has decided about devices. */
export type Standing = Pick<Profile, 'watermark' | 'absorbed'> & Partial<Pick<Profile, 'mergedInto'>>;

/**
 * Folds a history from its first event, each event at the instant at which it was received, and lets time pass between them, up
 * to `moment`: thresholds have a memory, so the way to a score counts as well as the score.
 *
 * Nothing is carried out: workflows that would start or stop are left out of account, by the caller keeping those that run.
 * Only events that the pipeline has applied count. What still waits in the stream is applied by the pipeline, with its effects.
 * @param events of one history
 * @param standings by key of the profile
 * @param isPerson whether a key is that of a known person, whose id no device can have
 * @returns the profiles, without those that became part of another one; `owners` tells of which
 */
export function rebuild(
  plan: Plan,
  events: readonly PastEvent[],
  standings: ReadonlyMap<string, Standing>,
  moment: Moment,
  isPerson: (userKey: string) => boolean,
): { people: Map<string, Rebuilt>; owners: ReadonlyMap<string, string> } {
  const people = new Map<string, Rebuilt>();
  const owners = new Map<string, string>();
  const seen = new Map<string, Set<string>>();
  const personOf = (key: string): Rebuilt => people.get(key) ?? { profile: emptyProfile(key), content: emptyContent() };

  const mayMerge = (anonymousKey: string, key: string): boolean => {
    // The person who identified first on a device owns its history. The pipeline has decided that, and its decision is kept.
    const owner = standings.get(anonymousKey)?.mergedInto;
    if (owner !== undefined) return owner === key;
    const isRefused = standings.get(key)?.absorbed.includes(anonymousKey) ?? false;
    return !isRefused && !isPerson(knownKey(idIn(anonymousKey)));
  };

  const passTime = (key: string, toMs: number) => {
    const person = people.get(key);
    if (person === undefined) return;
    for (let dueAtMs = person.profile.dueAtMs; dueAtMs !== undefined && dueAtMs <= toMs; dueAtMs = person.profile.dueAtMs) {
      person.profile = { ...settle(plan, person.profile, { ...moment, nowMs: dueAtMs }), outbox: [] };
    }
  };
  const joined = new Map<string, Rebuilt>();
  const merge = (anonymousKey: string, key: string, atMs: number, byWeb = false) => {
    if (owners.has(anonymousKey)) return byWeb ? undefined : addIdentity(anonymousKey, key);
    owners.set(anonymousKey, key);
    seen.set(key, new Set([...(seen.get(key) ?? []), ...(seen.get(anonymousKey) ?? [])]));
    const anonymous = people.get(anonymousKey);
    if (anonymous === undefined) return;
    people.delete(anonymousKey);
    const { profile, content } = personOf(key);
    const merged = settle(plan, mergeProfiles(plan, profile, anonymous.profile, { byWeb, thresholds: moment.thresholds }), { ...moment, nowMs: atMs }, { event: 'identified' });
    people.set(key, { profile: { ...merged, outbox: [] }, content: mergeContent(content, byWeb ? { ...anonymous.content, traits: {} } : anonymous.content, plan) });
    if (byWeb) joined.set(anonymousKey, anonymous);
  };
  /** A server has joined what a web key joined before. */
  const addIdentity = (anonymousKey: string, key: string) => {
    const anonymous = joined.get(anonymousKey);
    if (anonymous === undefined || owners.get(anonymousKey) !== key) return;
    const { profile, content } = personOf(key);
    people.set(key, { profile: withIdentityOf(profile, anonymous.profile), content: mergeContent(content, { ...anonymous.content, products: {} }, plan) });
  };

  let place = 0;
  for (const { event, identity } of applied(events, standings)) {
    const key = owners.get(event.userKey) ?? event.userKey;
    const messages = seen.get(key) ?? new Set();
    seen.set(key, messages);
    if (messages.has(identity)) continue;
    messages.add(identity);
    passTime(key, event.receivedAtMs);
    place += 1;
    const { profile, content } = personOf(key);
    const then = { ...moment, nowMs: event.receivedAtMs };
    const folded = fold(plan, profile, undefined, [{ sequenceNumber: String(place), event }], then);
    people.set(key, {
      profile: { ...folded.profile, outbox: [] },
      content: carriesContent(event, plan.config) ? withEvent(content, event, plan) : content,
    });
    for (const effect of folded.profile.outbox) {
      if (effect.kind === 'merge' && mayMerge(effect.anonymousKey, key)) merge(effect.anonymousKey, key, event.receivedAtMs, effect.byWeb);
    }
  }
  for (const [key, { mergedInto }] of standings) if (mergedInto !== undefined) merge(key, mergedInto, moment.nowMs);
  for (const key of people.keys()) passTime(key, moment.nowMs);
  return { people, owners };
}

/**
 * The events that the pipeline has applied, in the order in which they were received. Of an event that was forwarded to a known
 * person there are two copies; the forwarded one tells whether it has arrived there.
 */
function applied(events: readonly PastEvent[], standings: ReadonlyMap<string, Standing>): PastEvent[] {
  const forwarded = new Set(events.flatMap(({ isForwarded, identity }) => (isForwarded ? [identity] : [])));
  const ownerOf = (key: string) => standings.get(key)?.mergedInto ?? key;
  const atOwner = new Set(
    events.filter(({ event }) => ownerOf(event.userKey) === event.userKey).map(({ event, identity }) => `${event.userKey}|${identity}`),
  );
  return events
    .filter(({ event: { userKey }, identity, isForwarded, sequence }) => {
      if (!isForwarded && isAnonymous(userKey) && forwarded.has(identity)) return false;
      const owner = ownerOf(userKey);
      if (owner !== userKey && atOwner.has(`${owner}|${identity}`)) return false;
      return sequence === undefined || sequence <= (standings.get(userKey)?.watermark ?? '');
    })
    .sort((a, b) => a.event.receivedAtMs - b.event.receivedAtMs || compare(a.sequence ?? '', b.sequence ?? ''));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
