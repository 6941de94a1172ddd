import { compilePlan, type Plan } from '../../lambdas/domain/plan/plan.ts';
import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { parseRecord, toDomainEvent as readEvent } from '../../lambdas/domain/events/parse.ts';
import type { SequencedEvent } from '../../lambdas/domain/fold/fold.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import type { Moment } from '../../lambdas/domain/profile/view.ts';
import { defineConfig } from '../../lambdas/schemas/define-config.ts';
import type { CampaignConfig, Config, ConfigInput } from '../../lambdas/schemas/config.ts';
import type { CallType, Envelope } from '../../lambdas/schemas/event.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';

export const startMs = Date.parse('2026-03-01T00:00:00Z');
export const dayMs = 86_400_000;
export const hourMs = 3_600_000;

export const bookstorePlan: Plan = compilePlan(bookstore);

/** The bookstore with its oldest campaign alone, for tests that count workflows. */
export const cartConfig: Config = { ...bookstore, campaigns: { abandoned_cart: bookstore.campaigns.abandoned_cart as CampaignConfig } };
export const cartPlan: Plan = compilePlan(cartConfig);

/** The bookstore's config with other parts. Other segments leave only the campaign that refers to none. */
export function configWith(change: Partial<ConfigInput>): Config {
  const { abandoned_cart: cart } = bookstore.campaigns as ConfigInput['campaigns'];
  const { offer, ...steps } = cart!.steps;
  const campaigns = { abandoned_cart: { ...cart!, steps: { offer: { ...offer!, discount: { percent: 15, validHours: 48 } }, ...steps } } };
  return defineConfig({ ...(bookstore as ConfigInput), ...(change.segments && { campaigns }), ...change });
}

/** Hours that the bookstore's cart workflow waits for the offer, and for the reminder after it. */
export const cartWaitsHours = ['offer', 'reminder'].map((step) => (cartConfig.campaigns.abandoned_cart as CampaignConfig).steps[step]?.afterHours as number) as [offer: number, reminder: number];

/** The event of an envelope. @throws Error with the reason when it is put aside */
export function eventFrom(envelope: Envelope, config: Config): DomainEvent {
  const { event, reason } = readEvent(envelope, config);
  if (event === undefined) throw new Error(reason);
  return event;
}

/** The envelope in a record's text. @throws Error with the reason when it is none */
export function envelopeFrom(data: string): Envelope {
  const { envelope, reason } = parseRecord(data);
  if (envelope === undefined) throw new Error(reason);
  return envelope;
}

let counter = 0;

/** An envelope as the edge writes it; every call makes another message unless `event.messageId` says otherwise. */
export function envelopeOf(event: Record<string, unknown>, request: Partial<Envelope> = {}, type: CallType = 'track'): Envelope {
  counter += 1;
  return {
    v: 1,
    type,
    receivedAtMs: typeof event.timestamp === 'string' ? Date.parse(event.timestamp) : startMs,
    keyId: 'k1',
    source: 'server',
    requestId: `r${counter}`,
    index: 0,
    event: { messageId: `m${counter}`, userId: 'ana', ...event },
    ...request,
  };
}

export function track(name: string, atMs: number, properties: Record<string, unknown> = {}, more: Record<string, unknown> = {}, request: Partial<Envelope> = {}): DomainEvent {
  const event = { event: name, timestamp: new Date(atMs).toISOString(), properties, ...more };
  return eventFrom(envelopeOf(event, request), bookstore);
}

export function identify(atMs: number, traits: Record<string, unknown>, more: Record<string, unknown> = {}, request: Partial<Envelope> = {}): DomainEvent {
  return eventFrom(envelopeOf({ timestamp: new Date(atMs).toISOString(), traits, ...more }, request, 'identify'), bookstore);
}

/** Events in the order of the stream, numbered from `first`. */
export const sequenced = (events: readonly DomainEvent[], first = 1): SequencedEvent[] =>
  events.map((event, index) => ({ sequenceNumber: String(first + index), event }));

export const momentAt = (nowMs: number, plan: Plan = bookstorePlan): Moment => ({ nowMs, thresholds: initialThresholds(plan.config), thresholdsVersion: 0 });
