import { applyAndForward, type ForwardDeps } from '../adapters/profiles/apply-and-forward.ts';
import type { Backlog, BackloggedPerson, RawRecord } from '../adapters/profiles/backlog.ts';
import { deadLetterOf, sortBatch } from '../adapters/profiles/batch.ts';
import { effectLetter } from '../adapters/profiles/effect-letter.ts';
import { EffectsLeft } from '../domain/errors.ts';
import { dayMs } from '../domain/time.ts';
import type { Moment } from '../domain/profile/view.ts';

export interface BacklogDeps extends ForwardDeps {
  backlog: Backlog;
}

/** What waits longer than this goes to the dead letters, where somebody is told of it. */
const longestWaitMs = dayMs;
const recordsAtOnce = 200;
/** A run ends, even if as much is added as is applied. */
const mostRounds = 25;

/** Applies what waits in the backlog, in the order of the stream. @returns the number of people whose events still wait */
export async function applyBacklog(given: BacklogDeps, moment: Moment): Promise<number> {
  const deps: BacklogDeps = { putAside: (userKey, effect, error) => given.deadLetters.store(effectLetter(userKey, effect, error, moment.nowMs)), ...given };
  const isDone = await Promise.all((await deps.backlog.people()).map((person) => applyOrKeep(deps, person, moment)));
  return isDone.filter((one) => !one).length;
}

async function applyOrKeep(deps: BacklogDeps, person: BackloggedPerson, moment: Moment): Promise<boolean> {
  try {
    return await empty(deps, person, (records) => applyRecords(deps, records, moment));
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    deps.logger.error('profile not settled', { error: name, reason: message, waitingMs: moment.nowMs - person.sinceMs });
    if (moment.nowMs - person.sinceMs < longestWaitMs) return false;
    const reason = `waited for ${longestWaitMs / 3_600_000} hours, and could not be stored: ${name}: ${message}`.slice(0, 500);
    return empty(deps, person, (records) => deps.deadLetters.storeAll(records.map((record) => deadLetterOf(record, reason, moment.nowMs))));
  }
}

/** Takes everything out of a person's backlog, and then the person off the list. What is handled and not yet removed is recognised when it is handled again. */
async function empty({ backlog }: BacklogDeps, { userKey }: BackloggedPerson, handle: (records: readonly RawRecord[]) => Promise<unknown>): Promise<boolean> {
  for (let round = 0; round < mostRounds; round += 1) {
    // Listed before it is read, so that what is added in between is noticed when the list is closed.
    const person = (await backlog.people()).find((one) => one.userKey === userKey);
    if (person === undefined) return true;
    const records = await backlog.first(userKey, recordsAtOnce);
    await handle(records);
    await backlog.remove(userKey, records);
    if (records.length < recordsAtOnce && (await backlog.close(person))) return true;
  }
  return false;
}

async function applyRecords(deps: BacklogDeps, records: readonly RawRecord[], moment: Moment): Promise<void> {
  const { poison, people, misplaced } = sortBatch(records.map((kinesis) => ({ kinesis })), deps.plan.config, moment.nowMs);
  await deps.deadLetters.storeAll(poison);
  if (misplaced.length > 0) await deps.stream.put(misplaced);
  for (const person of people) {
    try {
      await applyAndForward(deps, person, moment);
    } catch (error) {
      // They are applied; what is left is in the profile, for the next run.
      if (!(error instanceof EffectsLeft)) throw error;
    }
  }
}
