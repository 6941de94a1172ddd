import type { SesEvent } from '../../schemas/ses-event.ts';
import { dayMs } from '../time.ts';
import { kindOf, mayBeAutomaticAnswer } from './kinds.ts';
import { clickOf, judgeClick, judgeOpen, type Click, type Judgement } from './engagement.ts';

type Detail = SesEvent['detail'];

/** What SES has reported about a message: the first time of each thing. */
export interface MessageFeedback {
  /** Set when the provider took the message. */
  sentAtMs?: number;
  messageId?: string;
  deliveredAtMs?: number;
  delayedAtMs?: number;
  /** By a person. Following a link counts, too: whoever has pictures turned off opens an email without anybody seeing it. */
  openedAtMs?: number;
  /** By a person. */
  clickedAtMs?: number;
  /** By a program, for which a message counts as neither opened nor clicked. */
  autoOpenedAtMs?: number;
  autoClickedAtMs?: number;
  /** For good. */
  bouncedAtMs?: number;
  /** For now, such as a full mailbox; SES gave up on this message, but not on the address. */
  softBouncedAtMs?: number;
  softBounces?: number;
  complainedAtMs?: number;
  /** SES took it and did not try to deliver it: a virus, or the address is on a suppression list. */
  rejectedAtMs?: number;
  failedAtMs?: number;
  unsubscribedAtMs?: number;
  /** The evidence that the marks are derived from, where they can still change. */
  evidence?: Evidence;
}

interface Evidence {
  /** The first open by a person that SES saw. */
  openedAtMs?: number;
  /** The first ones, in order. */
  clicks?: Click[];
  /** The first ones, in order. */
  softBouncesAtMs?: number[];
  /** Those that are automatic answers if the message was delivered. */
  generalBouncesAtMs?: number[];
}

/** This many distinct clicks are a scanner's. Later ones change nothing, so they are not kept. */
export const keptClicks = 60;
const keptSoftBounces = 10;

/** When it happened: each SES event type has the time in a part of its own. */
export function happenedAtMs({ delivery, open, click, bounce, complaint, deliveryDelay, subscription, mail }: Detail): number {
  return Date.parse((delivery ?? open ?? click ?? bounce ?? complaint ?? deliveryDelay ?? subscription ?? mail).timestamp);
}

/**
 * Adds an SES event to what is known of the message. Events come in any order and more than once; the same events
 * always end in the same record. So a click that was taken for a person's is taken back when it proves to be one of a scanner's.
 */
export function withFeedback<Known extends MessageFeedback>(known: Known, detail: Detail): Known {
  const next: Known = { ...known, sentAtMs: Date.parse(detail.mail.timestamp), messageId: detail.mail.messageId };
  const mark = markOf(detail);
  if (mark) next[mark] = earliest(known[mark], happenedAtMs(detail));
  const evidence = withEvidence(known.evidence ?? {}, detail);
  if (evidence) next.evidence = evidence;
  return withEngagement(next);
}

/** Was it a person who opened the email, or followed the link? `undefined` for events that nobody causes by reading. */
export function judge(detail: Detail, known: MessageFeedback): Judgement | undefined {
  if (detail.eventType === 'Open') return judgeOpen(detail.open ?? {});
  if (detail.eventType !== 'Click') return undefined;
  return detail.click ? judgeClick(clickOf(detail.click), { ...known, clicks: known.evidence?.clicks ?? [] }) : judgeOpen({});
}

/** Deliveries of events are repeated for a day. */
const repeatedForMs = 2 * dayMs;

/**
 * Was it reported long ago that a person opened the email, or followed this link? Doing it again is not reported. A repetition of the first
 * report is, as that may not have arrived; the profile recognises it.
 */
export function isOldNews(detail: Detail, { evidence: { openedAtMs, clicks = [] } = {}, ...known }: MessageFeedback): boolean {
  const isLater = (firstAtMs: number | undefined) => firstAtMs !== undefined && happenedAtMs(detail) - firstAtMs > repeatedForMs;
  if (detail.eventType === 'Open') return isLater(openedAtMs);
  if (detail.eventType !== 'Click' || detail.click === undefined) return false;
  const { link } = clickOf(detail.click);
  return isLater(clicks.find((click) => click.link === link && judgeClick(click, { ...known, clicks }).by === 'person')?.atMs);
}

type Mark = Exclude<keyof MessageFeedback, 'messageId' | 'softBounces' | 'evidence'>;

const marks = { bounced: 'bouncedAtMs', complained: 'complainedAtMs', withheld: 'rejectedAtMs', 'soft-bounced': undefined, nothing: undefined } as const;

function markOf(detail: Detail): Mark | undefined {
  switch (detail.eventType) {
    case 'Delivery':
      return 'deliveredAtMs';
    case 'DeliveryDelay':
      return 'delayedAtMs';
    case 'Open':
      return judgeOpen(detail.open ?? {}).by === 'machine' ? 'autoOpenedAtMs' : undefined;
    case 'Bounce':
    case 'Complaint':
      return marks[kindOf(detail)?.email ?? 'nothing'];
    case 'Reject':
      return 'rejectedAtMs';
    case 'Rendering Failure':
      return 'failedAtMs';
    case 'Subscription':
      return 'unsubscribedAtMs';
    case 'Send':
    case 'Click':
      return undefined;
  }
}

/** @returns `undefined` when the event adds none */
function withEvidence(evidence: Evidence, detail: Detail): Evidence | undefined {
  const atMs = happenedAtMs(detail);
  if (detail.eventType === 'Open' && judgeOpen(detail.open ?? {}).by === 'person') return { ...evidence, openedAtMs: earliest(evidence.openedAtMs, atMs) };
  if (detail.eventType === 'Click' && detail.click) return { ...evidence, clicks: withClick(evidence.clicks ?? [], clickOf(detail.click)) };
  if (kindOf(detail)?.email !== 'soft-bounced') return undefined;
  const name = mayBeAutomaticAnswer(detail) ? 'generalBouncesAtMs' : 'softBouncesAtMs';
  return { ...evidence, [name]: withTime(evidence[name] ?? [], atMs) };
}

/** The times at which the message did not arrive for a reason that may pass. */
function softBouncesIn({ deliveredAtMs, evidence: { softBouncesAtMs = [], generalBouncesAtMs = [] } = {} }: MessageFeedback): number[] {
  return (deliveredAtMs === undefined ? [...softBouncesAtMs, ...generalBouncesAtMs] : softBouncesAtMs).toSorted((a, b) => a - b).slice(0, keptSoftBounces);
}

/** The marks, derived again from all evidence. */
function withEngagement<Known extends MessageFeedback>(known: Known): Known {
  if (known.evidence === undefined) return known;
  const { openedAtMs, clicks = [] } = known.evidence;
  const softBouncesAtMs = softBouncesIn(known);
  const by = (who: Judgement['by']) => clicks.find((click) => judgeClick(click, { ...known, clicks }).by === who)?.atMs;
  const next = { ...known };
  const set = (mark: Mark | 'softBounces', value: number | undefined) => {
    if (value === undefined) delete next[mark];
    else next[mark] = value;
  };
  const clickedAtMs = by('person');
  set('clickedAtMs', clickedAtMs);
  set('autoClickedAtMs', by('machine'));
  set('openedAtMs', clickedAtMs === undefined ? openedAtMs : earliest(openedAtMs, clickedAtMs));
  set('softBouncedAtMs', softBouncesAtMs[0]);
  set('softBounces', softBouncesAtMs.length || undefined);
  return next;
}

function withClick(clicks: readonly Click[], click: Click): Click[] {
  const keyOf = ({ atMs, link, why }: Click) => [String(atMs).padStart(16, '0'), link, why].join('#');
  const distinct = new Map([...clicks, click].map((one) => [keyOf(one), one]));
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, keptClicks).map(([, one]) => one);
}

const withTime = (times: readonly number[], atMs: number): number[] => [...new Set([...times, atMs])].sort((a, b) => a - b).slice(0, keptSoftBounces);

const earliest = (known: number | undefined, atMs: number): number => Math.min(known ?? atMs, atMs);
