import { workflowEffects } from './campaigns.ts';
import { carriesContent, newer, withEvent, type Content } from './content.ts';
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
  let draft: Profile | undefined;
  let contentAfter = content;
  let applied = 0;
  let lastEvent: string | undefined;
  const touched = new Set<number>();
  for (const { sequenceNumber, event } of events) {
    const sequence = comparableSequence(sequenceNumber);
    if (sequence <= (draft ?? before).watermark) continue;
    draft ??= draftOf(before);
    draft.watermark = sequence;
    if (draft.recentMessages.includes(event.messageHash)) continue;
    draft.recentMessages.push(event.messageHash);
    if (draft.recentMessages.length > rememberedMessages) draft.recentMessages.shift();
    applyEvent(plan, draft, event, moment.nowMs);
    if (contentAfter && carriesContent(event, plan.config)) contentAfter = withEvent(contentAfter, event, plan.config);
    applied += 1;
    lastEvent = event.name;
    for (const place of plan.touchedBy(event)) touched.add(place);
  }
  const counts = { applied, duplicates: events.length - applied };
  if (draft === undefined) return { profile: before, content, unchanged: true, ...counts };
  return { profile: settle(plan, draft, moment, { event: lastEvent, touched }), content: contentAfter, unchanged: false, ...counts };
}

/** A copy to work on: one for a whole batch, while the profile that came in stays as it is. */
function draftOf(profile: Profile): Profile {
  return { ...profile, recentMessages: [...profile.recentMessages], signals: { ...profile.signals }, scores: { ...profile.scores }, outbox: [...profile.outbox] };
}

function applyEvent(plan: Plan, draft: Profile, event: DomainEvent, nowMs: number): void {
  const { runs, exits, effects } = workflowEffects(draft, event, plan.campaigns, nowMs);
  draft.runs = runs;
  draft.exits = exits;
  draft.outbox.push(...effects);
  note(plan, draft, event);
  if (mayCount(plan, event)) {
    addSignals(plan, draft.signals, event);
    addScores(plan, draft.scores, event);
  }
  if (event.anonymousKey !== undefined) absorb(draft, event.anonymousKey);
}

/** A conversion that a publishable key reports could come from anybody: it ends workflows, and counts for nothing. */
function mayCount({ config }: Plan, event: DomainEvent): boolean {
  return event.source !== 'web' || config.webKeys.mayConvert || !config.conversions.includes(event.name);
}

function addSignals(plan: Plan, signals: Profile['signals'], event: DomainEvent): void {
  for (const definition of plan.signalsFor(event.name)) {
    if (!matches(definition.where, event.properties)) continue;
    const amount = definition.sum && toNumber(valueAt(event.properties, definition.sum.property));
    signals[definition.id] = mergeSignals(definition, signals[definition.id], oneEvent(definition, event.atMs, amount));
  }
}

function addScores(plan: Plan, scores: Profile['scores'], event: DomainEvent): void {
  for (const { score, points, halfLifeMs } of plan.pointsFor(event.name)) scores[score] = addPoints(scores[score], points, event.atMs, halfLifeMs);
}

/** What the person said about themselves and about being mailed. */
function note(plan: Plan, draft: Profile, event: DomainEvent): void {
  for (const [name, value] of Object.entries(event.traits)) {
    if (plan.traitNames.has(name)) draft.traits = { ...draft.traits, [name]: newer(draft.traits[name], { value, atMs: event.atMs }) };
  }
  const consentTrait = plan.config.consent.trait;
  if (consentTrait !== null && consentTrait in event.traits) {
    draft.consent = newer(draft.consent, { value: event.traits[consentTrait], atMs: event.atMs });
  }
  if (event.name === 'email_unsubscribed') {
    const topic = typeof event.properties.topic === 'string' ? event.properties.topic : '*';
    draft.unsubscribedAtMs = { ...draft.unsubscribedAtMs, [topic]: Math.max(draft.unsubscribedAtMs[topic] ?? 0, event.atMs) };
  }
}

function absorb(draft: Profile, anonymousKey: string): void {
  if (draft.absorbed.includes(anonymousKey)) return;
  draft.absorbed = [...draft.absorbed, anonymousKey].slice(-maxAbsorbed);
  draft.outbox.push({ kind: 'merge', anonymousKey });
}

/** Devices that a profile remembers to have taken in; absorbing one twice is refused by its own pointer as well. */
const maxAbsorbed = 32;
