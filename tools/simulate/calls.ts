import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { instantMs } from '../../lambdas/domain/events/instant.ts';
import { toDomainEvent } from '../../lambdas/domain/events/parse.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { callTypes, type CallType } from '../../lambdas/schemas/event.ts';
import type { Call } from '../event-files/csv-columns.ts';
import { archivedCall } from './archived-call.ts';
import { BadLine } from './errors.ts';

/**
 * The event as if a server had sent the call at the moment that it speaks of.
 * @param index tells an event without a message id from all others
 * @throws BadLine with the reason
 */
export function toEvent(call: Call, index: number, config: Config): DomainEvent {
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
      index,
      event: archivedCall(call),
    },
    config,
  );
  if (event === undefined) throw new BadLine(reason);
  return event;
}
