import { enrol, workflowEffects } from '../campaigns/workflow-effects.ts';
import { workflowEnd } from '../campaigns/workflow-end.ts';
import { carriesContent, withEvent, type Content } from '../profile/content.ts';
import { laterSaid } from '../profile/dated.ts';
import { withViews } from '../profile/views.ts';
import { withHour } from '../profile/active-hours.ts';
import { conversionOf } from './conversion.ts';
import { isAnonymous, workflowEndedEvent, type DomainEvent } from '../events/event.ts';
import { toAmount } from '../events/amount.ts';
import { matches, valueAt } from '../events/filters.ts';
import { withLatePoints, withOutcome } from '../profile/outcomes.ts';
import type { Plan } from '../plan/plan.ts';
import type { WorkflowEnd } from '../profile/effects.ts';
import { Memory } from '../profile/messages.ts';
import { interestEvents, newsOf, type News } from '../profile/interests.ts';
import { own } from '../own.ts';
import { keptUntilMs } from '../profile/keeping.ts';
import { comparableSequence, type Profile } from '../profile/profile.ts';
import { addPoints, scoreAt } from '../rules/score.ts';
import { withThresholds } from '../rules/segments.ts';
import { viewOf, type Moment } from '../profile/view.ts';
import { settleDraft, underRulesInForce } from './settle.ts';
import { mergeSignals, oneEvent } from '../rules/signals.ts';
import { answerPoints } from '../surveys/points.ts';
import { everything } from '../profile/unsubscribed.ts';

/** An event and its place in the stream. */
export interface SequencedEvent {
  sequenceNumber: string;
  event: DomainEvent;
}

export interface Folded {
  profile: Profile;
  content: Content | undefined;
  /** Workflows that ended; to be recorded before the profile is written. */
  ends: WorkflowEnd[];
  /** Nothing to write: every event was known. */
  unchanged: boolean;
  applied: number;
  /** Redelivered by the stream, or sent again by the client. */
  duplicates: number;
  /** How many of the events were looked at; the others are to be folded once the effects of these are carried out. */
  taken: number;
}

/**
 * Effects after which a fold stops: they are stored with the profile, which has bounds, and carried out within one run of a function.
 * One event adds few.
 */
const mostEffects = 100;
/** Topics that one can leave; who leaves more has left everything. */
const mostTopics = 100;
const longestTopic = 100;

/**
 * Folds events into a profile, each at most once. `content` is only needed when an event carries content.
 * @param events in the order of the stream
 */
export function fold(plan: Plan, before: Profile, content: Content | undefined, events: readonly SequencedEvent[], moment: Moment): Folded {
  let draft: Profile | undefined;
  let contentAfter = content;
  let applied = 0;
  let lastEvent: string | undefined;
  let isImported = true;
  let isByWeb = true;
  let isVouchedFor = false;
  let cameInAtMs = 0;
  let taken = 0;
  const touched: (readonly number[])[] = [];
  const ends: WorkflowEnd[] = [];
  const memory = new Memory(before.messages);
  for (const { sequenceNumber, event } of events) {
    if (draft !== undefined && draft.outbox.length >= mostEffects) break;
    taken += 1;
    const sequence = comparableSequence(sequenceNumber);
    if (sequence <= (draft ?? before).watermark) continue;
    // Without a profile the person was erased, and the end of their workflow must not create a new one.
    if (before.version === 0 && draft === undefined && event.name === workflowEndedEvent) continue;
    draft ??= draftOf(underRulesInForce(plan, before, moment));
    draft.watermark = sequence;
    if (!memory.isNew(event)) continue;
    let news: News = 'new';
    if (interestEvents.has(event.name)) {
      const told = newsOf(draft.interests, event);
      if (told.news === 'known') continue;
      news = told.news;
      draft.interests = told.after;
    }
    if (event.receivedAtMs < (draft.sinceMs ?? (draft.version === 0 ? Infinity : 0))) draft.sinceMs = event.receivedAtMs;
    const end = applyEvent(plan, draft, event, moment, news);
    if (end) ends.push(end);
    isImported &&= event.source === 'import';
    isByWeb &&= event.source === 'web';
    isVouchedFor ||= event.source === 'server' || event.source === 'import';
    cameInAtMs = Math.max(cameInAtMs, event.enteredAtMs);
    if (contentAfter && carriesContent(event, plan.config)) contentAfter = withEvent(contentAfter, event, plan);
    applied += 1;
    lastEvent = event.name;
    const places = plan.touchedBy(event);
    if (!touched.includes(places)) touched.push(places);
  }
  const counts = { applied, duplicates: taken - applied, taken };
  if (draft === undefined) return { profile: before, content, ends, unchanged: true, ...counts };
  draft.messages = memory.messages;
  // Where web keys may say who somebody is, a known id is as good as a server's word.
  if (isVouchedFor || (plan.config.webKeys.mayIdentify && !isAnonymous(draft.userKey))) draft.onlyByWeb = false;
  if (applied > 0) draft.expiresAtMs = keptUntilMs(draft.onlyByWeb, draft.onlyByWeb === before.onlyByWeb ? draft.expiresAtMs : undefined, cameInAtMs, plan.config);
  settleDraft(plan, draft, moment, { event: lastEvent, touched: ascending(touched), startsNothing: isImported ? 'import' : undefined, maxWebStarts: webLimit(plan, isByWeb) });
  return { profile: draft, content: contentAfter, ends, unchanged: false, ...counts };
}

/** What only a web key says may start few workflows: it can name anybody. */
const webLimit = ({ config }: Plan, isByWeb: boolean): number | undefined => (isByWeb ? config.webKeys.maxStartsPerDay : undefined);

/** Merges ascending lists. Most batches have one event, or events of few names. */
function ascending(lists: readonly (readonly number[])[]): readonly number[] {
  const [only = [], ...others] = lists;
  return others.length === 0 ? only : [...new Set(lists.flat())].sort((a, b) => a - b);
}

/** A copy to work on: one for a whole batch, while the profile that came in stays as it is. */
function draftOf(profile: Profile): Profile {
  return { ...profile, signals: { ...profile.signals }, scores: { ...profile.scores } };
}

/** @returns the end of a workflow, if the event tells of one */
function applyEvent(plan: Plan, draft: Profile, event: DomainEvent, moment: Moment, news: News): WorkflowEnd | undefined {
  note(plan, draft, event);
  const counts = mayCount(plan, event);
  if (plan.calibratedScores.length > 0 && news === 'new') draft.outcomes = withOutcome(plan, draft, event, counts);
  if (counts) {
    const conversion = news === 'new' ? conversionOf(plan, draft, event) : undefined;
    if (conversion) draft.outbox = [...draft.outbox, conversion];
    addSignals(plan, draft.signals, event, news);
    if (news === 'new') addScores(plan, draft, event, moment);
  }
  if (event.name === plan.config.products?.viewed) draft.views = withViews(draft.views, event);
  if (plan.keepsHours && plan.isActivity(event.name)) draft.activeHours = withHour(draft.activeHours, event.atMs);
  const campaigns = plan.campaignsFor(event.name);
  if (campaigns.length > 0) {
    const { nowMs, thresholds, thresholdsVersion } = moment;
    enrol(draft, workflowEffects(draft, event, campaigns, { view: () => viewOf(plan, draft), nowMs, thresholds, thresholdsVersion, maxWebStarts: webLimit(plan, event.source === 'web') }));
  }
  if (event.anonymousKey !== undefined) absorb(draft, event.anonymousKey, event.source === 'web' && !plan.config.webKeys.mayIdentify);
  const ended = workflowEnd(draft, event);
  if (ended) Object.assign(draft, { runs: ended.runs, failures: ended.failures });
  return ended?.end;
}

/** A conversion that a publishable key reports could come from anybody: it ends workflows, and counts for nothing. */
function mayCount({ config }: Plan, event: DomainEvent): boolean {
  return event.source !== 'web' || config.webKeys.mayConvert || !config.conversions.includes(event.name);
}

/** A click on another link of the same email counts for rules that ask about links, and is not a second interest. */
function addSignals(plan: Plan, signals: Profile['signals'], event: DomainEvent, news: News): void {
  for (const definition of plan.signalsFor(event.name)) {
    if (news === 'another-link' && definition.where === undefined) continue;
    if (!matches(definition.where, event.properties)) continue;
    const amount = definition.sum && toAmount(valueAt(event.properties, definition.sum.property));
    signals[definition.id] = mergeSignals(definition, signals[definition.id], oneEvent(definition, event.atMs, amount));
  }
}

function addScores(plan: Plan, draft: Profile, event: DomainEvent, moment: Moment): void {
  for (const { score, points } of plan.pointsFor(event.name)) addScore(plan, draft, score, points, event.atMs, moment);
  for (const { score, points, atMs } of answerPoints(plan.config, event)) addScore(plan, draft, score, points, atMs, moment);
}

/** Thresholds are decided just before and just after the change: in between, a score only tends to 0, so nothing else can have happened to them. */
function addScore(plan: Plan, draft: Profile, name: string, points: number, atMs: number, { thresholds }: Moment): void {
  const [halfLifeMs, names, before] = [plan.halfLifeMs(name), plan.thresholdsOf(name), draft.scores[name]];
  const after = addPoints(before, points, atMs, halfLifeMs);
  if (names.length > 0) {
    let on = draft.thresholdsOn;
    // A score that only fell can leave thresholds, and one that rose towards 0 can enter them.
    if (before !== undefined && (on.length > 0 || before.value < 0)) on = withThresholds(plan.config, on, names, scoreAt(before, after.atMs, halfLifeMs), thresholds);
    draft.thresholdsOn = withThresholds(plan.config, on, names, after.value, thresholds);
  }
  draft.scores[name] = after;
  draft.outcomes = withLatePoints(plan, draft.outcomes, name, points, atMs);
}

/** Traits, consent and topics from the event. */
function note(plan: Plan, draft: Profile, event: DomainEvent): void {
  for (const [name, value] of Object.entries(event.traits)) {
    if (plan.traitNames.has(name)) draft.traits = { ...draft.traits, [name]: laterSaid(own(draft.traits, name), { value, atMs: event.atMs }) };
  }
  const consentTrait = plan.config.consent.trait;
  if (consentTrait !== null && Object.hasOwn(event.traits, consentTrait)) {
    draft.consent = laterSaid(draft.consent, { value: event.traits[consentTrait], atMs: event.atMs });
  }
  if (Object.hasOwn(event.traits, 'email')) draft.hasAddress = laterSaid(draft.hasAddress, { value: typeof event.traits.email === 'string' && event.traits.email !== '', atMs: event.atMs });
  if (losesAddress(event)) draft.hasAddress = laterSaid(draft.hasAddress, { value: false, atMs: event.atMs });
  const { topic } = event.properties;
  if (event.name === 'email_unsubscribed') {
    const left = isTopic(topic) && hasRoom(draft.unsubscribedAtMs, topic) ? topic : everything;
    draft.unsubscribedAtMs = withNewest(draft.unsubscribedAtMs, left, event.atMs);
  }
  // Without a topic there is nothing to come back to.
  if (event.name === 'email_resubscribed' && isTopic(topic) && hasRoom(draft.resubscribedAtMs, topic)) draft.resubscribedAtMs = withNewest(draft.resubscribedAtMs, topic, event.atMs);
}

/** After these, the address is suppressed. */
const losesAddress = ({ name, properties }: DomainEvent): boolean => name === 'email_complained' || (name === 'email_bounced' && properties.bounce_type === 'Permanent');

const isTopic = (topic: unknown): topic is string => typeof topic === 'string' && topic !== '' && topic.length <= longestTopic && topic !== '__proto__';
const hasRoom = (times: Record<string, number>, topic: string): boolean => topic === everything || Object.hasOwn(times, topic) || Object.keys(times).length < mostTopics;

const withNewest = (times: Record<string, number>, name: string, atMs: number): Record<string, number> => ({ ...times, [name]: Math.max(own(times, name) ?? 0, atMs) });

function absorb(draft: Profile, anonymousKey: string, byWeb: boolean): void {
  const isClaimed = draft.claimed.includes(anonymousKey);
  if (draft.absorbed.includes(anonymousKey) && (byWeb || !isClaimed)) return;
  draft.absorbed = [...draft.absorbed.filter((key) => key !== anonymousKey), anonymousKey].slice(-maxAbsorbed);
  const claimed = draft.claimed.filter((key) => key !== anonymousKey);
  draft.claimed = (byWeb ? [...claimed, anonymousKey] : claimed).slice(-maxAbsorbed);
  // One merge for each device. A second one would count its history again, since the device's profile is closed only after the first.
  const others = draft.outbox.filter((effect) => effect.kind !== 'merge' || effect.anonymousKey !== anonymousKey);
  draft.outbox = [...others, { kind: 'merge', anonymousKey, ...(byWeb && { byWeb }) }];
}

/** Devices that a profile remembers to have taken in; absorbing one twice is refused by its own pointer as well. */
const maxAbsorbed = 32;
