import { workflowEffects } from './campaigns.ts';
import { carriesContent, newer, withEvent, type Content } from './content.ts';
import type { Effect } from './effects.ts';
import type { DomainEvent } from './events.ts';
import { matches, toNumber, valueAt } from './filters.ts';
import type { Plan } from './plan.ts';
import { comparableSequence, type Profile } from './profile.ts';
import { addPoints } from './score.ts';
import { settle, type Moment } from './settle.ts';
import { mergeSignals, oneEvent } from './signals.ts';

/** An event and its place in the stream. */
export interface SequencedEvent {
  sequenceNumber: string;
  event: DomainEvent;
}

export interface Folded {
  profile: Profile;
  content: Content | undefined;
  /** Nothing to write: every event was known. */
  unchanged: boolean;
  applied: number;
  /** Redelivered by the stream, or sent again by the client. */
  duplicates: number;
}

/** How many message ids a profile remembers to recognise resent events. */
export const rememberedMessages = 64;

/**
 * Folds events into a profile, each at most once. `content` is only needed when an event carries content.
 * @param events in the order of the stream
 */
export function fold(plan: Plan, before: Profile, content: Content | undefined, events: readonly SequencedEvent[], moment: Moment): Folded {
  let profile = before;
  let contentAfter = content;
  let applied = 0;
  let lastEvent: string | undefined;
  const touched = new Set<number>();
  for (const { sequenceNumber, event } of events) {
    const sequence = comparableSequence(sequenceNumber);
    if (sequence <= profile.watermark) continue;
    profile = { ...profile, watermark: sequence };
    if (profile.recentMessages.includes(event.messageHash)) continue;
    profile = { ...profile, recentMessages: [...profile.recentMessages, event.messageHash].slice(-rememberedMessages) };
    profile = applyEvent(plan, profile, event, moment.nowMs);
    if (contentAfter && carriesContent(event, plan.config)) contentAfter = withEvent(contentAfter, event, plan.config);
    applied += 1;
    lastEvent = event.name;
    for (const place of plan.touchedBy(event)) touched.add(place);
  }
  const counts = { applied, duplicates: events.length - applied };
  if (profile === before) return { profile, content, unchanged: true, ...counts };
  return { profile: settle(plan, profile, moment, { event: lastEvent, touched }), content: contentAfter, unchanged: false, ...counts };
}

function applyEvent(plan: Plan, profile: Profile, event: DomainEvent, nowMs: number): Profile {
  const { runs, exits, effects } = workflowEffects(profile, event, plan.campaigns, nowMs);
  const next: Profile = { ...profile, ...told(plan, profile, event), runs, exits, outbox: [...profile.outbox, ...effects] };
  if (mayCount(plan, event)) {
    next.signals = withSignals(plan, profile.signals, event);
    next.scores = withPoints(plan, profile.scores, event);
  }
  return event.anonymousKey === undefined ? next : absorbing(next, event.anonymousKey);
}

/** A conversion that a publishable key reports could come from anybody: it ends workflows, and counts for nothing. */
function mayCount({ config }: Plan, event: DomainEvent): boolean {
  return event.source !== 'web' || config.webKeys.mayConvert || !config.conversions.includes(event.name);
}

function withSignals(plan: Plan, signals: Profile['signals'], event: DomainEvent): Profile['signals'] {
  const next = { ...signals };
  for (const definition of plan.signalsFor(event.name)) {
    if (!matches(definition.where, event.properties)) continue;
    const amount = definition.sum && toNumber(valueAt(event.properties, definition.sum.property));
    next[definition.id] = mergeSignals(definition, next[definition.id], oneEvent(definition, event.atMs, amount));
  }
  return next;
}

function withPoints(plan: Plan, scores: Profile['scores'], event: DomainEvent): Profile['scores'] {
  const next = { ...scores };
  for (const { score, points, halfLifeMs } of plan.pointsFor(event.name)) next[score] = addPoints(next[score], points, event.atMs, halfLifeMs);
  return next;
}

/** What the person said about themselves and about being mailed. */
function told(plan: Plan, profile: Profile, event: DomainEvent): Partial<Profile> {
  const change: Partial<Profile> = {};
  const asked = Object.entries(event.traits).filter(([name]) => plan.traitNames.has(name));
  if (asked.length > 0) {
    change.traits = { ...profile.traits };
    for (const [name, value] of asked) change.traits[name] = newer(change.traits[name], { value, atMs: event.atMs });
  }
  const consentTrait = plan.config.consent.trait;
  if (consentTrait !== null && consentTrait in event.traits) {
    change.consent = newer(profile.consent, { value: event.traits[consentTrait], atMs: event.atMs });
  }
  if (event.name === 'email_unsubscribed') {
    const topic = typeof event.properties.topic === 'string' ? event.properties.topic : '*';
    change.unsubscribedAtMs = { ...profile.unsubscribedAtMs, [topic]: Math.max(profile.unsubscribedAtMs[topic] ?? 0, event.atMs) };
  }
  return change;
}

function absorbing(profile: Profile, anonymousKey: string): Profile {
  if (profile.absorbed.includes(anonymousKey)) return profile;
  const effect: Effect = { kind: 'merge', anonymousKey };
  return { ...profile, absorbed: [...profile.absorbed, anonymousKey].slice(-maxAbsorbed), outbox: [...profile.outbox, effect] };
}

/** Devices that a profile remembers to have taken in; absorbing one twice is refused by its own pointer as well. */
const maxAbsorbed = 32;
