import type { DeadLetter } from '../dead-letters.ts';
import { idIn } from '../../domain/events/event.ts';
import { hexHash } from '../../domain/hash.ts';
import type { Effect } from '../../domain/profile/effects.ts';
import type { Envelope } from '../../schemas/event.ts';

/**
 * The dead letter of an effect that can never be carried out. For a merge it holds a record that requests the merge again, so that
 * `npm run redrive` can repeat it; for other effects it only says what was left out.
 */
export function effectLetter(userKey: string, effect: Effect, error: Error, nowMs: number): DeadLetter {
  const id = idIn(userKey);
  const content = effect.kind === 'merge' ? joining(id, effect.anonymousKey, nowMs) : effect;
  return {
    reason: `${effect.kind} cannot be carried out: ${error.name}: ${error.message}`.slice(0, 500),
    sequenceNumber: `${effect.kind}-${hexHash([userKey, JSON.stringify(effect)], 24)}`,
    partitionKey: id,
    data: Buffer.from(JSON.stringify(content)).toString('base64'),
    storedAtMs: nowMs,
  };
}

const joining = (userId: string, anonymousKey: string, receivedAtMs: number): Envelope => ({
  v: 1,
  type: 'alias',
  receivedAtMs,
  keyId: 'segue',
  source: 'email',
  requestId: `joining:${anonymousKey}`,
  index: 0,
  event: { userId, previousId: idIn(anonymousKey) },
});
