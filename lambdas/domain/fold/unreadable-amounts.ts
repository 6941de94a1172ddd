import { isUnreadable } from '../events/amount.ts';
import type { DomainEvent } from '../events/event.ts';
import { valueAt } from '../events/filters.ts';
import type { Plan } from '../plan/plan.ts';

/** How many events have something that is no amount where a rule sums, or where the revenue of a conversion stands. They count, and add nothing to sums. */
export function unreadableAmounts(plan: Plan, events: readonly DomainEvent[]): number {
  const { conversions, attribution } = plan.config;
  return events.filter(({ name, properties }) => {
    const summed = plan.signalsFor(name).flatMap(({ sum }) => (sum ? [sum.property] : []));
    return [...summed, ...(conversions.includes(name) ? [attribution.revenueProperty] : [])].some((property) => isUnreadable(valueAt(properties, property)));
  }).length;
}
