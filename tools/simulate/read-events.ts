import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { instantMs } from '../../lambdas/domain/events/instant.ts';
import { toDomainEvent } from '../../lambdas/domain/events/parse.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { callTypes, type CallType } from '../../lambdas/schemas/event.ts';
import type { Call } from '../event-files/csv-columns.ts';
import { lineBatches } from '../event-files/lines.ts';
import type { FileRecord, RecordReader } from '../event-files/records.ts';
import { archivedCall } from './archived-call.ts';
import { BadLine } from './errors.ts';

export interface EventFile {
  /** In virtual time order; those of one instant in the order of the file. */
  events: DomainEvent[];
  refused: { count: number; first: { line: number; reason: string }[] };
  /** Descriptions of products, which belong to nobody and are left out. */
  catalogue: number;
}

const shownRefusals = 10;

/** Reads a whole input. A line that cannot be read is counted with its reason and never stops the rest. */
export async function readEvents(
  bytes: AsyncIterable<Buffer>,
  reader: RecordReader,
  config: Config,
): Promise<EventFile> {
  const events: DomainEvent[] = [];
  const refused: EventFile['refused'] = { count: 0, first: [] };
  let catalogue = 0;
  const shared = sharing();
  const refuse = (line: number, reason: string) => {
    refused.count += 1;
    if (refused.first.length < shownRefusals) refused.first.push({ line, reason });
  };
  const take = ({ line, call, problem }: FileRecord) => {
    if (call === undefined) return refuse(line, problem ?? 'no event');
    try {
      const event = toEvent(call, line, config);
      if (event.name === 'product_updated') catalogue += 1;
      else events.push(shared(event));
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      refuse(line, error.message);
    }
  };
  for await (const lines of lineBatches(bytes)) for (const line of lines) reader.read(line).forEach(take);
  reader.end().forEach(take);
  // The sort is stable, and quick for files that are in order already.
  return { events: events.sort((a, b) => a.atMs - b.atMs), refused, catalogue };
}

/** The event as if a server had sent the call at the moment that it speaks of. */
function toEvent(call: Call, line: number, config: Config): DomainEvent {
  const type = call.type as CallType;
  if (!callTypes.includes(type))
    throw new BadLine(`type ${JSON.stringify(call.type) ?? 'missing'}: must be one of ${callTypes.join(', ')}`);
  const received = call.receivedAt ?? call.sentAt ?? call.originalTimestamp ?? call.timestamp;
  if (received === undefined) throw new BadLine('no timestamp');
  const receivedAtMs = instantMs(received);
  if (receivedAtMs === undefined) throw new BadLine(`${JSON.stringify(received)} is no time`);
  const { event, reason } = toDomainEvent(
    {
      v: 1,
      type,
      receivedAtMs,
      keyId: 'simulate',
      source: 'server',
      requestId: 'line',
      index: line,
      event: archivedCall(call),
    },
    config,
  );
  if (event === undefined) throw new BadLine(reason);
  return event;
}

/** A million events name few people and few events: equal texts become one text, which saves memory and look-ups. */
function sharing(): (event: DomainEvent) => DomainEvent {
  const texts = new Map<string, string>();
  const one = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, text);
    return text;
  };
  return (event) => {
    event.name = one(event.name);
    event.userKey = one(event.userKey);
    if (event.anonymousKey !== undefined) event.anonymousKey = one(event.anonymousKey);
    return event;
  };
}
