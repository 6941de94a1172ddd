import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { CatalogueStore } from '../adapters/catalogue.ts';
import { isLasting } from '../adapters/lasting.ts';
import { deadLetterOf, sortBatch, type SortedBatch } from '../adapters/profiles/batch.ts';
import { effectLetter } from '../adapters/profiles/effect-letter.ts';
import { withRetries } from '../adapters/retry.ts';
import type { ThresholdSource } from '../adapters/threshold-source.ts';
import { unreadableAmounts } from '../domain/fold/unreadable-amounts.ts';
import { processPeople, type PeopleDeps } from './people.ts';

export interface Deps extends PeopleDeps {
  thresholds: ThresholdSource;
  catalogue: CatalogueStore;
}

/**
 * Folds a batch of the stream into profiles: one read for the batch, one write per person. What fails is reported by
 * its sequence number, so that the stream delivers it again; what can never be read or stored is put aside with the reason.
 */
export function createHandler(given: Deps) {
  const deps: Deps = { putAside: (userKey, effect, error) => given.deadLetters.store(effectLetter(userKey, effect, error, given.now())), ...given };
  return async (event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> => {
    const { poison, products, people, misplaced } = sortBatch(event.Records, deps.plan.config, deps.now());
    await deps.deadLetters.storeAll(poison);
    const failedProducts = await saveProducts(deps, products);
    if (misplaced.length > 0) await deps.stream.put(misplaced);

    const moment = { nowMs: deps.now(), ...(await deps.thresholds.current()) };
    const { failed, ...counts } = await processPeople(deps, people, moment);
    const unreadable = unreadableAmounts(deps.plan, people.flatMap(({ events }) => events.map(({ event }) => event)));
    deps.logger.info('batch', { ...(unreadable > 0 && { unreadableAmounts: unreadable }), records: event.Records.length, people: people.length, poison: poison.length, failed: failed.length + failedProducts.length, ...counts });
    // Lambda retries from the lowest sequence number reported; profiles that are further already recognise the repetition.
    const failures = [...failedProducts, ...failed.map(({ events }) => events[0]?.sequenceNumber as string)];
    return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** @returns the sequence numbers of those that may be stored later */
async function saveProducts(deps: Deps, products: SortedBatch['products']): Promise<string[]> {
  const failed: string[] = [];
  const save = async ({ event, record }: SortedBatch['products'][number]) => {
    try {
      await withRetries(deps, () => deps.catalogue.save(event));
    } catch (error) {
      if (isLasting(error)) await deps.deadLetters.store(deadLetterOf(record, `cannot be stored: ${(error as Error).message}`.slice(0, 500), deps.now()));
      else failed.push(record.sequenceNumber);
    }
  };
  await Promise.all(products.map(save));
  return failed;
}
