import { applyAndForward, type Counts, type ForwardDeps } from '../adapters/profiles/apply-and-forward.ts';
import type { Backlog } from '../adapters/profiles/backlog.ts';
import type { PersonBatch } from '../adapters/profiles/batch.ts';
import { needsContent } from '../adapters/profiles/commit.ts';
import type { BatchStore } from '../adapters/profiles/profile-store.ts';
import { withRetries, type Patience } from '../adapters/retry.ts';
import { EffectsLeft } from '../domain/errors.ts';
import type { Moment } from '../domain/profile/view.ts';

export interface PeopleDeps extends ForwardDeps, Patience {
  store: BatchStore;
  backlog: Backlog;
}

export interface Processed extends Counts {
  /** Events that wait until their person's items can be written again. */
  backlogged: number;
  /** People whose events have to be delivered again. */
  failed: PersonBatch[];
}

/** More people at once are the trouble of the table, and the stream waits for that. */
const mostBacklogged = 20;
/** Where so few fail, it may be that they are alone in the batch; whether the table can be written at all shows when the backlog is. */
const few = 3;

/**
 * Applies the events of a batch, each person's by themselves. What fails is tried again a few times; then the person's events go to the
 * backlog, so that the shard goes on for everybody else. When everybody fails, or many do, they stay in the stream.
 */
export async function processPeople(deps: PeopleDeps, people: readonly PersonBatch[], moment: Moment): Promise<Processed> {
  const sum: Processed = { applied: 0, duplicates: 0, forwarded: 0, putAside: 0, backlogged: 0, failed: [] };
  const listed = new Set((await deps.backlog.people()).map(({ userKey }) => userKey));
  const wait = async (person: PersonBatch) => {
    try {
      await deps.backlog.add(person.userKey, person.events.map(({ record }) => record), moment.nowMs);
      sum.backlogged += person.events.length;
    } catch (error) {
      report(deps, 'backlog not written', person, error);
      sum.failed.push(person);
    }
  };

  const [waiting, others] = [people.filter(({ userKey }) => listed.has(userKey)), people.filter(({ userKey }) => !listed.has(userKey))];
  const loaded = await deps.store.loadMany(others.map(({ userKey, events }) => ({ userKey, withContent: needsContent(deps.plan, events) })));
  const failed: PersonBatch[] = [];
  await Promise.all([
    ...waiting.map(wait),
    ...others.map(async (person) => {
      try {
        const counts = await withRetries(deps, (attempt) => applyAndForward(deps, person, moment, attempt === 0 ? loaded.get(person.userKey) : undefined));
        for (const name of ['applied', 'duplicates', 'forwarded', 'putAside'] as const) sum[name] += counts[name];
      } catch (error) {
        report(deps, 'events not applied', person, error);
        // They are applied, and the refresh carries out what is left.
        if (!(error instanceof EffectsLeft)) failed.push(person);
      }
    }),
  ]);

  const isEverybody = failed.length > few && failed.length === others.length;
  if (isEverybody || listed.size + failed.length > mostBacklogged) sum.failed.push(...failed);
  else await Promise.all(failed.map(wait));
  return sum;
}

function report({ logger }: Pick<PeopleDeps, 'logger'>, message: string, { events }: PersonBatch, error: unknown): void {
  const { name, message: reason } = error instanceof Error ? error : new Error(String(error));
  logger.error(message, { error: name, reason, events: events.length });
}
