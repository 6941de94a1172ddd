import { toAmount } from '../../lambdas/domain/events/amount.ts';
import { matches } from '../../lambdas/domain/events/filters.ts';
import type { Needs, RuleView } from '../../lambdas/domain/rules/compile.ts';
import { mergeSignals, oneEvent } from '../../lambdas/domain/rules/signals.ts';

export interface Happened {
  event: string;
  atMs: number;
  properties?: Record<string, unknown>;
}

/** A view that remembers, of some events, just what rules need. */
export function viewOf(needs: Needs, events: readonly Happened[], more: Partial<RuleView> = {}): RuleView {
  const view: RuleView = { userKey: 'u#ana', signals: {}, scores: {}, traits: {}, mailable: true, canBeMailed: true, thresholdsOn: [], ...more };
  for (const definition of needs.signals.values()) {
    for (const { event, atMs, properties = {} } of events) {
      if ((event !== definition.event && definition.event !== '*') || !matches(definition.where, properties)) continue;
      const amount = definition.sum && toAmount(properties[definition.sum.property]);
      view.signals[definition.id] = mergeSignals(definition, view.signals[definition.id], oneEvent(definition, atMs, amount));
    }
  }
  return view;
}
