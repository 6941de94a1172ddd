import type { Moment } from '../../domain/profile/view.ts';
import type { DeadLetters } from '../dead-letters.ts';
import { isLasting } from '../lasting.ts';
import type { Logger } from '../logger.ts';
import { deadLetterOf, type PersonBatch } from './batch.ts';
import { commit, type CommitDeps, type Committed } from './commit.ts';
import type { Loaded } from './profile-store.ts';

export interface ApplyDeps extends CommitDeps {
  deadLetters: DeadLetters;
  logger: Logger;
}

export interface Applied extends Committed {
  /** Events that can never be applied; they become dead letters. */
  putAside: number;
}

/**
 * Applies one person's events. When they can never be written together, each is tried alone, so that only the one that cannot be written
 * becomes a dead letter, with the reason.
 * @throws any error that may go away; then the stream delivers the events again
 */
export async function apply(deps: ApplyDeps, person: PersonBatch, moment: Moment, loaded?: Loaded): Promise<Applied> {
  try {
    return { ...(await commit(deps, person.userKey, person.events, moment, loaded)), putAside: 0 };
  } catch (error) {
    if (!isLasting(error)) throw error;
    const [only, ...others] = person.events;
    if (only === undefined) throw error;
    if (others.length > 0) return oneByOne(deps, person, moment);
    const { name, message } = error as Error;
    await deps.deadLetters.store(deadLetterOf(only.record, `cannot be stored: ${name}: ${message}`.slice(0, 500), moment.nowMs));
    deps.logger.error('event put aside', { error: name, reason: message });
    return { applied: 0, duplicates: 0, putAside: 1 };
  }
}

async function oneByOne(deps: ApplyDeps, { userKey, events }: PersonBatch, moment: Moment): Promise<Applied> {
  const sum: Applied = { applied: 0, duplicates: 0, putAside: 0 };
  for (const event of events) {
    const one = await apply(deps, { userKey, events: [event] }, moment);
    // The visitor was identified in the meantime: what was applied is part of the merge, and the other events are sent to the known profile.
    if (one.forwardTo !== undefined) return { ...one, ...sum, forwardTo: one.forwardTo };
    sum.applied += one.applied;
    sum.duplicates += one.duplicates;
    sum.putAside += one.putAside;
  }
  return sum;
}
