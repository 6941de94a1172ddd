import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { CatalogueStore } from '../adapters/catalogue.ts';
import { isLasting } from '../adapters/lasting.ts';
import { needsContent, type CommitDeps } from '../adapters/profiles/commit.ts';
import type { DeadLetters } from '../adapters/dead-letters.ts';
import type { Logger } from '../adapters/logger.ts';
import type { ProfileStore } from '../adapters/profiles/store.ts';
import type { Stream } from '../adapters/stream.ts';
import type { ThresholdSource } from '../adapters/threshold-source.ts';
import { apply } from './apply.ts';
import { effectLetter } from './effect-letter.ts';
import { deadLetterOf, forwarded, sortBatch, type PersonBatch, type SortedBatch } from './batch.ts';

export interface Deps extends CommitDeps {
  store: ProfileStore;
  thresholds: ThresholdSource;
  stream: Stream;
  deadLetters: DeadLetters;
  catalogue: CatalogueStore;
  logger: Logger;
  now: () => number;
}

/**
 * Folds a batch of the stream into profiles: one read for the batch, one write per person. What fails is reported by
 * its sequence number, so that the stream delivers it again; what can never be read or stored is put aside with the reason.
 */
export function createHandler(given: Deps) {
  const deps: Deps = { putAside: (userKey, effect, error) => given.deadLetters.store(effectLetter(userKey, effect, error, given.now())), ...given };
  return async (event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> => {
    const { poison, products, people, misplaced } = sortBatch(event.Records, deps.plan.config, deps.now());
    await Promise.all(poison.map((letter) => deps.deadLetters.store(letter)));
    await Promise.all(products.map((product) => saveProduct(deps, product)));
    if (misplaced.length > 0) await deps.stream.put(misplaced);

    const moment = { nowMs: deps.now(), ...(await deps.thresholds.current()) };
    const loaded = await deps.store.loadMany(people.map(({ userKey, events }) => ({ userKey, withContent: needsContent(deps.plan, events) })));
    const totals = { applied: 0, duplicates: 0, forwarded: 0, putAside: 0 };
    const failed: string[] = [];

    await Promise.all(
      people.map(async (person: PersonBatch) => {
        try {
          const result = await apply(deps, person, moment, loaded.get(person.userKey));
          totals.applied += result.applied;
          totals.duplicates += result.duplicates;
          totals.putAside += result.putAside;
          if (result.forwardTo === undefined) return;
          const copies = forwarded(person, result, deps.plan.config);
          await deps.stream.put(copies);
          totals.forwarded += copies.length;
        } catch (error) {
          const { name, message } = error instanceof Error ? error : new Error(String(error));
          deps.logger.error('events not applied', { error: name, reason: message, events: person.events.length });
          failed.push(person.events[0]?.sequenceNumber as string);
        }
      }),
    );
    deps.logger.info('batch', { records: event.Records.length, people: people.length, poison: poison.length, failed: failed.length, ...totals });
    // Lambda retries from the lowest sequence number reported; profiles that are further already recognise the repetition.
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

async function saveProduct({ catalogue, deadLetters, now }: Deps, { event, record }: SortedBatch['products'][number]): Promise<void> {
  try {
    await catalogue.save(event);
  } catch (error) {
    if (!isLasting(error)) throw error;
    await deadLetters.store(deadLetterOf(record, `cannot be stored: ${(error as Error).message}`.slice(0, 500), now()));
  }
}
