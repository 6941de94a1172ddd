import { createHash } from 'node:crypto';
import { idIn } from '../../lambdas/domain/events/event.ts';
import { toDomainEvent } from '../../lambdas/domain/events/parse.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { callTypes, limits, type CallType, type Envelope } from '../../lambdas/schemas/event.ts';
import { archivedCall } from '../simulate/archived-call.ts';
import { BadLine } from '../simulate/errors.ts';
import type { Call } from '../event-files/csv-columns.ts';
import type { OutRecord } from '../stream/batch.ts';

export interface Origin {
  /** Name of the file, which goes into the record as the id of its request. */
  file: string;
  /** Where the call begins, from 1. */
  line: number;
  /** The call as it stands in the file. */
  text: string;
}

/**
 * Makes the stream's record of a call from a file. It says that it is an import, so it starts no campaign. A call without a
 * message id gets one from its text and its line, so that a second import of the same file brings the same events.
 * @throws BadLine with the reason, when the pipeline would put the event aside
 */
export function recordOf(call: Call, { file, line, text }: Origin, config: Config, nowMs: number): OutRecord {
  const type = call.type as CallType;
  if (!callTypes.includes(type))
    throw new BadLine(`type ${JSON.stringify(call.type) ?? 'missing'}: must be one of ${callTypes.join(', ')}`);
  const messageId = call.messageId ?? `import:${createHash('sha256').update(`${line}:${text}`).digest('base64url')}`;
  const envelope: Envelope = {
    v: 1,
    type,
    receivedAtMs: Math.min(arrivalMs(call), nowMs),
    enteredAtMs: nowMs,
    keyId: 'import',
    source: 'import',
    requestId: `import:${file}`,
    index: line,
    event: { ...archivedCall(call), messageId },
  };
  try {
    const { event, reason } = toDomainEvent(envelope, config);
    if (event === undefined) throw new BadLine(reason);
    const eventBytes = Buffer.byteLength(JSON.stringify(call));
    if (eventBytes > limits.eventBytes) throw new BadLine(`the event has ${eventBytes} bytes; at most ${limits.eventBytes} are allowed`);
    return { PartitionKey: idIn(event.userKey), Data: Buffer.from(JSON.stringify(envelope)) };
  } catch (error) {
    if (error instanceof RangeError) throw new BadLine('nested too deeply');
    throw error;
  }
}

/**
 * When the event reached whoever wrote the file, against which its times are corrected as at the edge. With the import's own
 * time instead, history would move to today.
 */
function arrivalMs(call: Call): number {
  const given = call.receivedAt ?? call.sentAt ?? call.originalTimestamp ?? call.timestamp;
  if (given === undefined || given === null) throw new BadLine('no timestamp');
  const atMs = typeof given === 'string' ? Date.parse(given) : NaN;
  if (Number.isNaN(atMs)) throw new BadLine(`${JSON.stringify(given)} is no time; it must be like 2026-05-01T12:00:00Z`);
  return atMs;
}
