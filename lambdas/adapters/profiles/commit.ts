import { carriesContent } from '../../domain/profile/content.ts';
import { afterErasure } from '../../domain/profile/erasure.ts';
import type { Effect, ResumeWorkflow, StartWorkflow } from '../../domain/profile/effects.ts';
import { EffectsLeft, WriteConflict } from '../../domain/errors.ts';
import { fold, type SequencedEvent } from '../../domain/fold/fold.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Profile } from '../../domain/profile/profile.ts';
import type { Moment } from '../../domain/profile/view.ts';
import { settle, underRulesInForce } from '../../domain/fold/settle.ts';
import { isLasting } from '../lasting.ts';
import { absorb, saveContentIfChanged } from './absorb.ts';
import type { Loaded, PersonStore } from './profile-store.ts';
import type { TransitionBus } from '../transition-bus.ts';
import type { WaitStore } from '../wait-store.ts';
import type { Workflows } from '../workflows.ts';

export interface CommitDeps {
  plan: Plan;
  store: PersonStore;
  workflows: Workflows;
  waits: Pick<WaitStore, 'happened'>;
  /** Set when segment changes are to be published. */
  bus?: TransitionBus;
  /** Receives effects that can never be carried out, so that they do not hold up the others. Without it, they stay in the outbox and are tried again. */
  putAside?(userKey: string, effect: Effect, error: Error): Promise<void>;
}

export interface Committed {
  applied: number;
  duplicates: number;
  /** Set when the profile was merged into another one: nothing was applied, and the events belong to that one. */
  forwardTo?: string;
  /** Events up to this place in the stream were applied before the merge, and are part of it. */
  appliedUpTo?: string;
  /** Only a web key says so. */
  byWeb?: true;
}

const maxConflicts = 8;

/** Does the batch hold anything that needs the content item? */
export const needsContent = (plan: Plan, events: readonly SequencedEvent[]): boolean => events.some(({ event }) => carriesContent(event, plan.config));

/**
 * Folds events into one person's profile: one conditional write, then the effects, then one write that clears them.
 * Safe to repeat after a crash anywhere: applied events are recognised, and effects that are not yet carried out are in the outbox.
 * Without events it settles the profile for the passing of time.
 * @throws EffectsLeft when all events are applied, and something that follows from them could not be carried out for now
 */
export async function commit(deps: CommitDeps, userKey: string, events: readonly SequencedEvent[], moment: Moment, loaded?: Loaded): Promise<Committed> {
  let [result, rest] = await commitSome(deps, userKey, events, moment, loaded);
  while (rest.length > 0 && result.forwardTo === undefined) {
    const [next, left] = await commitSome(deps, userKey, rest, moment);
    rest = left;
    result = { ...next, applied: result.applied + next.applied, duplicates: result.duplicates + next.duplicates };
  }
  return result;
}

/** @returns also the events that are left, when those before them had more effects than one write may hold */
async function commitSome(deps: CommitDeps, userKey: string, events: readonly SequencedEvent[], moment: Moment, loaded?: Loaded): Promise<[Committed, rest: readonly SequencedEvent[]]> {
  const { plan, store } = deps;
  let known = loaded;
  for (let attempt = 0; attempt < maxConflicts; attempt += 1) {
    const { profile, content } = known ?? (await loadAgain(store, userKey, needsContent(plan, events)));
    known = undefined;
    if (profile.mergedInto !== undefined) return [{ applied: 0, duplicates: 0, forwardTo: profile.mergedInto, appliedUpTo: profile.watermark, ...(profile.joinedByWeb && { byWeb: true as const }) }, []];
    const wanted = afterErasure(events, profile, plan.config.consent.trait);
    const folded = fold(plan, profile, content, wanted, moment);
    const after = events.length === 0 && profile.version > 0 ? settle(plan, underRulesInForce(plan, profile, moment), moment) : folded.profile;
    try {
      // Content and ended workflows are written first, since that can be repeated. Were the profile written first and the rest lost, a repetition would skip the events.
      if (folded.content && folded.content !== content) await saveContentIfChanged(store, userKey, content, folded.content, after.expiresAtMs);
      // Both have one expiry. A profile that is new has no content but what was just written.
      if (profile.version > 0 && after.expiresAtMs !== profile.expiresAtMs) await store.keepContent(userKey, after.expiresAtMs);
      if (folded.ends.length > 0) await Promise.all(folded.ends.map((end) => store.recordWorkflow(userKey, end)));
      const written = after === profile ? profile : await store.saveProfile(after);
      const rest = wanted.slice(folded.taken);
      if (written.outbox.length > 0) await (events.length > 0 && rest.length === 0 ? carryOutOrLeave(deps, written, moment) : carryOut(deps, written, moment));
      return [{ applied: folded.applied, duplicates: folded.duplicates }, rest];
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error;
    }
  }
  throw new WriteConflict(`${maxConflicts} attempts`);
}

/** A profile that no longer exists may have been erased since it was read. */
async function loadAgain(store: PersonStore, userKey: string, withContent: boolean): Promise<Loaded> {
  const loaded = await store.load(userKey, withContent);
  const erasedAtMs = loaded.profile.version === 0 ? await store.erasedAtMs(userKey) : undefined;
  return erasedAtMs === undefined ? loaded : { ...loaded, profile: { ...loaded.profile, erasedAtMs } };
}

async function carryOutOrLeave(deps: CommitDeps, profile: Profile, moment: Moment): Promise<void> {
  try {
    await carryOut(deps, profile, moment);
  } catch (error) {
    if (error instanceof WriteConflict || isLasting(error)) throw error;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw new EffectsLeft(`${name}: ${message}`, { cause: error });
  }
}

/** Carries out the outbox until it is empty; merging may put more into it. */
async function carryOut(deps: CommitDeps, profile: Profile, moment: Moment): Promise<void> {
  let current = profile;
  while (current.outbox.length > 0) {
    const rested: Profile = { ...current, outbox: [] };
    let next = rested;
    for (const effect of current.outbox) next = await performOrPutAside(deps, next, effect, moment);
    const merges = current.outbox.filter((effect) => effect.kind === 'merge');
    if (merges.length === 0) {
      current = await deps.store.saveProfile(next);
      continue;
    }
    try {
      current = await deps.store.saveProfile(settle(deps.plan, next, moment, { event: 'identified' }));
    } catch (error) {
      if (deps.putAside === undefined || !isLasting(error)) throw error;
      // The known profile goes on without the history that cannot be written.
      for (const merge of merges) await deps.putAside(current.userKey, merge, error as Error);
      current = await deps.store.saveProfile(rested);
    }
  }
}

function performOrPutAside(deps: CommitDeps, profile: Profile, effect: Effect, moment: Moment): Promise<Profile> {
  const performed = perform(deps, profile, effect, moment);
  return deps.putAside === undefined ? performed : performed.catch(putAside);

  async function putAside(error: unknown): Promise<Profile> {
    if (!isLasting(error)) throw error;
    await deps.putAside?.(profile.userKey, effect, error as Error);
    return profile;
  }
}

async function perform(deps: CommitDeps, profile: Profile, effect: Effect, moment: Moment): Promise<Profile> {
  switch (effect.kind) {
    case 'start':
      return startWorkflow(deps, profile, effect, moment);
    case 'stop':
      await deps.workflows.stop(effect);
      return profile;
    case 'resume':
      await resumeWorkflow(deps, effect);
      return profile;
    case 'transition':
      await deps.store.recordTransition(profile.userKey, effect);
      if (deps.bus) await deps.bus.publish(profile.userKey, effect);
      return profile;
    case 'conversion':
      await deps.store.recordConversion(profile.userKey, effect);
      return profile;
    case 'merge':
      return absorb({ ...deps, finish: (anonymous) => performAll(deps, anonymous, moment) }, profile, effect, moment);
    case 'close':
      await deps.store.close(effect.anonymousKey);
      return profile;
  }
}

/** A campaign that is no longer in the config has no state machine; its workflow is recorded as ended at once. */
async function startWorkflow({ workflows, store }: CommitDeps, profile: Profile, effect: StartWorkflow, { nowMs }: Moment): Promise<Profile> {
  const { campaign, executionName, entryAtMs } = effect;
  const isStarted = await workflows.start(profile.userKey, effect);
  const failure = { endedAtMs: nowMs, outcome: 'failed', error: 'StateMachineDoesNotExist' } as const;
  await store.recordWorkflow(profile.userKey, { campaign, executionName, entryAtMs, ...(!isStarted && failure) });
  if (isStarted) return profile;
  const runs = Object.fromEntries(Object.entries(profile.runs).filter(([, run]) => run.executionName !== executionName));
  return { ...profile, runs, failures: { ...profile.failures, [campaign]: { atMs: nowMs, error: failure.error } } };
}

async function performAll(deps: CommitDeps, profile: Profile, moment: Moment): Promise<void> {
  for (const effect of profile.outbox) await perform(deps, profile, effect, moment);
}

async function resumeWorkflow({ waits, workflows }: CommitDeps, { executionName, wait, atMs }: ResumeWorkflow): Promise<void> {
  const { token } = await waits.happened(executionName, wait, atMs);
  if (token !== undefined) await workflows.resume(token, { happenedAtMs: atMs });
}
