import type { History, Of } from './history.ts';

export interface Processed {
  event: Of<'event'>;
  /** When it happened; a client that sends again may tell another time, and the first record counts. */
  effectiveAtMs: number;
  /** When the batch with its first record came back without a failure. */
  processedAtMs: number;
  /** Key of the record that was applied: the event's own, or that of the person whom a visitor has turned out to be. */
  partitionKey: string;
}

/** Events of the site that are certainly applied, with everything that follows from them; once for each key under which they stand in the stream. */
export function processedEvents(history: History): Processed[] {
  const site = new Map(history.all('event').map((event) => [event.eventId, event]));
  const aside = new Set(history.all('dead-letter').flatMap(({ sequenceNumbers }) => sequenceNumbers));
  const processedAtMs = processingTimes(history);
  const first = new Map<string, Processed>();
  for (const { eventId, sequenceNumber, partitionKey, effectiveAtMs } of history.all('record')) {
    const event = eventId === undefined ? undefined : site.get(eventId);
    const atMs = processedAtMs.get(sequenceNumber);
    if (event === undefined || atMs === undefined || aside.has(sequenceNumber) || first.has(`${partitionKey} ${event.eventId}`)) continue;
    first.set(`${partitionKey} ${event.eventId}`, { event, effectiveAtMs, processedAtMs: atMs, partitionKey });
  }
  return [...first.values()];
}

/** By sequence number: when a batch with the record first came back without a failure, or when it had no longer to wait after that. */
export function processingTimes(history: History): ReadonlyMap<string, number> {
  const batches = new Map(history.all('invoked').flatMap(({ invocation, sequenceNumbers }) => (sequenceNumbers ? [[invocation, sequenceNumbers] as const] : [])));
  const times = new Map<string, number>();
  const held = new Set<string>();
  const note = (sequenceNumber: string, atMs: number) => {
    if (!held.has(sequenceNumber) && !times.has(sequenceNumber)) times.set(sequenceNumber, atMs);
  };
  for (const entry of history.entries) {
    if (entry.what === 'held') held.add(entry.sequenceNumber);
    if (entry.what === 'released') {
      held.delete(entry.sequenceNumber);
      note(entry.sequenceNumber, entry.atMs);
    }
    // A batch that failed in part says only where it is to go on from; what of it is done is not told.
    if (entry.what !== 'returned' || entry.error !== undefined || entry.failed === undefined || entry.failed.length > 0) continue;
    for (const sequenceNumber of batches.get(entry.invocation) ?? []) note(sequenceNumber, entry.atMs);
  }
  return times;
}
