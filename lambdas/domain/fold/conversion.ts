import type { RecordConversion } from '../profile/effects.ts';
import type { DomainEvent } from '../events/event.ts';
import { toAmount } from '../events/amount.ts';
import { valueAt } from '../events/filters.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { scoreAt } from '../rules/score.ts';
import { cutText } from '../storable.ts';

/**
 * The conversion that an event is, as the profile stood before it. An event that arrives late finds the segment and the points
 * of what came before it in the stream.
 * @returns undefined for an event that is none
 */
export function conversionOf({ config, halfLifeMs }: Plan, before: Profile, event: DomainEvent): RecordConversion | undefined {
  const { name, atMs, receivedAtMs, properties, source, messageHash } = event;
  if (!config.conversions.includes(name)) return undefined;
  const revenue = toAmount(valueAt(properties, config.attribution.revenueProperty));
  const { currency, order_id: orderId } = properties;
  return {
    kind: 'conversion',
    id: messageHash,
    event: name,
    atMs,
    receivedAtMs,
    source,
    ...(revenue !== undefined && { revenue }),
    ...(typeof currency === 'string' && { currency: cutText(currency, 10) }),
    ...((typeof orderId === 'string' || typeof orderId === 'number') && { orderId: cutText(String(orderId), 100) }),
    segment: before.segment?.name ?? null,
    scores: Object.fromEntries(Object.entries(before.scores).map(([score, state]) => [score, scoreAt(state, atMs, halfLifeMs(score))])),
  };
}
