import { fold, type SequencedEvent } from '../lambdas/domain/fold/fold.ts';
import { compilePlan, type Plan } from '../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../lambdas/domain/profile/profile.ts';
import { scoreAt } from '../lambdas/domain/rules/score.ts';
import { countWithin, signalId } from '../lambdas/domain/rules/signals.ts';
import type { DomainEvent } from '../lambdas/domain/events/event.ts';
import { defineConfig } from '../lambdas/schemas/define-config.ts';
import type { Rule } from '../lambdas/schemas/rule.ts';
import { seeded } from './measure.ts';

export const dayMs = 86_400_000;
export const nowMs = Date.parse('2026-09-01T00:00:00Z');
export const fallback = 'everyone_else';

/** A segment that every peer can express: counts within windows and a score, joined by "and". */
export interface PlainSegment {
  name: string;
  counts: { event: string; windowDays: number; atLeast: number }[];
  scoreAtLeast?: number;
}

/** A shop with many segments. Most ask for rare events, as real segments do, so most people end far down the list. */
export function plainSegments(count: number): PlainSegment[] {
  const random = seeded(count);
  return Array.from({ length: count }, (_, index) => ({
    name: `s${index}`,
    counts: Array.from({ length: 1 + Math.floor(random() * 2) }, () => ({
      event: `event_${Math.floor(random() * count * 0.8)}`,
      windowDays: [7, 14, 30, 60][Math.floor(random() * 4)] as number,
      atLeast: 1 + Math.floor(random() * 3),
    })),
    ...(random() < 0.4 && { scoreAtLeast: Math.round(5 + random() * 40) }),
  }));
}

export function planOf(segments: PlainSegment[]): Plan {
  const rules = segments.map(({ name, counts, scoreAtLeast }) => {
    const parts: Rule[] = counts.map(({ event, windowDays, atLeast }) => ({ did: event, withinDays: windowDays, atLeast }));
    if (scoreAtLeast !== undefined) parts.push({ score: 'engagement', atLeast: scoreAtLeast });
    return { name, title: name, when: { all: parts } };
  });
  return compilePlan(
    defineConfig({
      sender: { name: 'Bench', address: 'hello@shop.example', postalAddress: 'Shop, 1 Street, 20457 Hamburg, Germany', siteUrl: 'https://shop.example', linkHosts: ['shop.example'] },
      conversions: ['purchase'],
      scores: { engagement: { halfLifeDays: 30, points: { add_to_cart: 4, email_opened: 5, product_viewed: 2 } } },
      products: { viewed: 'product_viewed', added: 'add_to_cart', removed: 'remove_from_cart', bought: 'purchase' },
      segments: rules,
      fallback: { name: fallback, title: 'All others' },
      campaigns: {},
    }),
  );
}

/** People with a few dozen events each over 90 days. */
export function people(plan: Plan, segmentCount: number, size: number): Profile[] {
  const random = seeded(size);
  return Array.from({ length: size }, (_, person) => {
    const events: SequencedEvent[] = Array.from({ length: 5 + Math.floor(random() * 40) }, (__, index) => {
      const own = random() < 0.7;
      const name = own ? `event_${Math.floor(random() * segmentCount * 0.8)}` : ['product_viewed', 'add_to_cart', 'email_opened'][Math.floor(random() * 3)];
      return { sequenceNumber: String(index + 1), event: eventOf(`u#${person}`, name as string, nowMs - Math.floor(random() * 90 * dayMs), `${person}-${index}`) };
    });
    return fold(plan, emptyProfile(`u#${person}`), undefined, events, { nowMs, thresholds: {}, thresholdsVersion: 0 }).profile;
  });
}

export function eventOf(userKey: string, name: string, atMs: number, messageHash: string): DomainEvent {
  return { name, userKey, atMs, receivedAtMs: atMs, enteredAtMs: atMs, properties: {}, traits: {}, messageHash, source: 'server' };
}

export type Facts = Record<string, number>;
export const factName = (event: string, windowDays: number): string => `${event}_${windowDays}d`;

/** Works out what the peers look at: every count and the score of one person. Names and ids are made once, outside their time. */
export function factsReader(segments: PlainSegment[], plan: Plan): (profile: Profile) => Facts {
  const wanted = new Map(
    segments.flatMap(({ counts }) => counts.map(({ event, windowDays }) => [factName(event, windowDays), { id: signalId(event), windowMs: windowDays * dayMs }] as const)),
  );
  const list = [...wanted].map(([name, rest]) => ({ name, ...rest }));
  const halfLifeMs = plan.halfLifeMs('engagement');
  return ({ signals, scores }) => {
    const facts: Facts = { score: scoreAt(scores.engagement, nowMs, halfLifeMs) };
    for (const { name, id, windowMs } of list) facts[name] = countWithin(signals[id]?.recentAtMs ?? [], nowMs, windowMs);
    return facts;
  };
}
