import { mergeContent, type Content } from '../../domain/profile/content.ts';
import { idIn, knownKey } from '../../domain/events/event.ts';
import { mergeProfiles, withIdentityOf } from '../../domain/fold/merge.ts';
import { keptUntilMs } from '../../domain/profile/keeping.ts';
import type { MergeAnonymous } from '../../domain/profile/effects.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Profile } from '../../domain/profile/profile.ts';
import type { Moment } from '../../domain/profile/view.ts';
import type { PersonStore } from './profile-store.ts';

interface Deps {
  plan: Plan;
  store: PersonStore;
  /** Carries out the effects left in a profile's outbox. */
  finish: (profile: Profile) => Promise<void>;
}

/**
 * Adds an anonymous profile's history to a known one, exactly once. First the anonymous profile is frozen: it gets no further events. Then its
 * outbox is carried out, since nothing else does that for a frozen profile. Its history is added to the known profile in the same write
 * that removes the merge from the outbox. Last, it is marked as merged. A history that belongs to somebody else, because they identified
 * first on that device or because the id is that of a known person, is refused, and the refusal is recorded.
 * @returns the known profile, not yet written
 */
export async function absorb({ plan, store, finish }: Deps, known: Profile, { anonymousKey, ...join }: Pick<MergeAnonymous, 'anonymousKey' | 'byWeb'>, { nowMs, thresholds }: Pick<Moment, 'nowMs' | 'thresholds'>): Promise<Profile> {
  const byWeb = join.byWeb ?? false;
  const refuse = async (owner: string) => {
    await store.recordRefusedMerge(known.userKey, { anonymousKey, owner, atMs: nowMs });
    return known;
  };
  const namesake = knownKey(idIn(anonymousKey));
  if (namesake !== known.userKey && (await store.load(namesake, false)).profile.version > 0) return refuse(namesake);
  const anonymous = await store.point(anonymousKey, known.userKey, byWeb, keptUntilMs(false, undefined, nowMs, plan.config));
  if (anonymous.mergedInto !== known.userKey) return refuse(anonymous.mergedInto ?? 'unknown');
  if (anonymous.closed && byWeb) return known;
  if (anonymous.closed) {
    // A web key has joined the two before, or this is a repetition.
    await mergeContents({ plan, store }, anonymousKey, known, false);
    return withIdentityOf(known, anonymous);
  }
  // Before anything is merged: a workflow has to be started before the merge can stop it, and a conversion recorded before it is copied.
  await finish(anonymous);
  await Promise.all([mergeContents({ plan, store }, anonymousKey, known, byWeb), store.copyRecords(anonymousKey, known.userKey)]);
  // The end of a visitor's workflow may have been recorded before the merge.
  const ended = await store.endedOf(known.userKey, Object.values(anonymous.runs));
  const runs = Object.fromEntries(Object.entries(anonymous.runs).filter(([, { executionName }]) => !ended.has(executionName)));
  const merged = mergeProfiles(plan, known, { ...anonymous, runs }, { byWeb, thresholds });
  return { ...merged, outbox: [...merged.outbox, { kind: 'close', anonymousKey }] };
}

async function mergeContents({ plan, store }: Pick<Deps, 'plan' | 'store'>, from: string, { userKey: into, expiresAtMs }: Profile, byWeb: boolean): Promise<void> {
  const [{ content: theirs }, { content: ours }] = await Promise.all([store.load(from, true), store.load(into, true)]);
  if (theirs && ours && theirs.version > 0) await saveContentIfChanged(store, into, ours, mergeContent(ours, byWeb ? { ...theirs, traits: {} } : theirs, plan), expiresAtMs);
}

export async function saveContentIfChanged(store: PersonStore, userKey: string, before: Content | undefined, after: Content, expiresAtMs: number | undefined): Promise<void> {
  if (JSON.stringify(before) !== JSON.stringify(after)) await store.saveContent(userKey, after, expiresAtMs);
}
