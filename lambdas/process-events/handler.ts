import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { CatalogueStore } from '../adapters/catalogue.ts';
import { commit, needsContent, type CommitDeps } from '../adapters/profiles/commit.ts';
import type { DeadLetters } from '../adapters/dead-letters.ts';
import type { Logger } from '../adapters/logger.ts';
import type { ProfileStore } from '../adapters/profiles/store.ts';
import type { Stream } from '../adapters/stream.ts';
import type { ThresholdSource } from '../adapters/threshold-source.ts';
import { forwarded, sortBatch, type PersonBatch } from './batch.ts';

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
 * its sequence number, so that the stream delivers it again; what can never be read is put aside with the reason.
 */
export function createHandler(deps: Deps) {
  return async (event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> => {
    const { poison, products, people } = sortBatch(event.Records, deps.plan.config, deps.now());
    await Promise.all(poison.map((letter) => deps.deadLetters.store(letter)));
    await Promise.all(products.map((product) => deps.catalogue.save(product)));

    const moment = { nowMs: deps.now(), ...(await deps.thresholds.current()) };
    const loaded = await deps.store.loadMany(people.map(({ userKey, events }) => ({ userKey, withContent: needsContent(deps.plan, events) })));
    const totals = { applied: 0, duplicates: 0, forwarded: 0 };
    const failed: string[] = [];

    await Promise.all(
      people.map(async (person: PersonBatch) => {
        try {
          const result = await commit(deps, person.userKey, person.events, moment, loaded.get(person.userKey));
          totals.applied += result.applied;
          totals.duplicates += result.duplicates;
          if (result.forwardTo === undefined) return;
          const copies = forwarded(person, result.forwardTo, result.appliedUpTo);
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
    // The stream goes on from the lowest number given; who is beyond it and done already recognises the repetition.
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
