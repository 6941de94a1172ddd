import type { History } from './history.ts';
import { processingTimes } from './processed.ts';
import type { Witness } from './witness.ts';

/** Waiting for a batch to fill, some attempts for somebody else, and the batch after that. */
const mostMs = 15_000;

/** Where nothing goes wrong but that one person's items cannot be written, everybody else's events are processed at once. */
export function othersGoOn(history: History, { onlyTroubled }: Witness): string[] {
  if (onlyTroubled === undefined) return [];
  const times = processingTimes(history);
  return history.all('record').flatMap(({ sequenceNumber, partitionKey, name, atMs }) => {
    if (`u#${partitionKey}` === onlyTroubled || `a#${partitionKey}` === onlyTroubled) return [];
    const afterMs = (times.get(sequenceNumber) ?? Infinity) - atMs;
    return afterMs <= mostMs ? [] : [`${name} of ${partitionKey} (${sequenceNumber.slice(-6)}) was processed ${afterMs} ms after it came`];
  });
}
