import type { SesEvent } from '../../schemas/ses-event.ts';
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
}

/** So many distinct clicks are a scanner's; what comes later changes nothing any more, and the record stays small. */
export const keptClicks = 60;
const keptSoftBounces = 10;

/** When it happened: each SES event type has the time in a part of its own. */
export function happenedAtMs({ delivery, open, click, bounce, complaint, deliveryDelay, subscription, mail }: Detail): number {
  return Date.parse((delivery ?? open ?? click ?? bounce ?? complaint ?? deliveryDelay ?? subscription ?? mail).timestamp);
}

/** A bounce that is not permanent says nothing against the address; SES calls the rest `Transient` and `Undetermined`. */
export const isHardBounce = ({ eventType, bounce }: Detail): boolean => eventType === 'Bounce' && bounce?.bounceType === 'Permanent';

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

type Mark = Exclude<keyof MessageFeedback, 'messageId' | 'softBounces' | 'evidence'>;

function markOf(detail: Detail): Mark | undefined {
  switch (detail.eventType) {
    case 'Delivery':
      return 'deliveredAtMs';
    case 'DeliveryDelay':
      return 'delayedAtMs';
    case 'Open':
      return judgeOpen(detail.open ?? {}).by === 'machine' ? 'autoOpenedAtMs' : undefined;
    case 'Bounce':
      return isHardBounce(detail) ? 'bouncedAtMs' : undefined;
    case 'Complaint':
      return 'complainedAtMs';
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
  if (detail.eventType === 'Bounce' && !isHardBounce(detail)) return { ...evidence, softBouncesAtMs: withTime(evidence.softBouncesAtMs ?? [], atMs) };
  return undefined;
}

/** The marks, derived again from all evidence. */
function withEngagement<Known extends MessageFeedback>(known: Known): Known {
  if (known.evidence === undefined) return known;
  const { openedAtMs, clicks = [], softBouncesAtMs = [] } = known.evidence;
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
