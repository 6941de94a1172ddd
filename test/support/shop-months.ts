import { createInboxStore } from '../../lambdas/adapters/mail/inbox-store.ts';
import { memoryDocuments } from './memory-dynamo.ts';
import type { Count, Counters } from '../../lambdas/adapters/counters.ts';
import { createHandler as createSurvey } from '../../lambdas/answer-survey/handler.ts';
import { signSurvey } from '../../lambdas/domain/links/tokens.ts';
import { createHandler as createFeedback } from '../../lambdas/record-feedback/handler.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import type { SkipReason } from '../../lambdas/schemas/workflow.ts';
import { seeded } from '../../bench/measure.ts';
import { configWith, dayMs, envelopeOf, hourMs } from './events.ts';
import { MemorySends, recordingLogger } from './fakes.ts';
import { Pipeline } from './past.ts';
import { MemorySurveys, pageCall, signingKey, signingKeys } from './rights.ts';

export const firstMs = Date.parse('2026-02-01T00:00:00Z');
const marchMs = Date.parse('2026-03-01T00:00:00Z');
export const madeAtMs = Date.parse('2026-04-01T05:00:00Z');

/** A shop with two segments that can overlap, a survey, and a campaign that compares two variants with a holdout. */
export const shop: Config = configWith({
  segments: [
    {
      name: 'buyers',
      title: 'Bought within 30 days',
      when: { did: 'purchase', withinDays: 30 },
      assumption: { words: 'Buyers want to hear more.', survey: 'useful', confirmedBy: ['yes'], refutedBy: ['no'] },
    },
    { name: 'browsers', title: 'Looked at three products within 30 days', when: { did: 'product_viewed', atLeast: 3, withinDays: 30 }, lost: true },
  ],
  fallback: { name: 'others', title: 'The others' },
  scores: { engagement: { halfLifeDays: 30, points: { purchase: 10, product_viewed: 2 } } },
  thresholds: { keen: { score: 'engagement', enter: 7, exit: 5, calibrate: { targetShare: 0.1, minSample: 1, maxStep: 0.5 } } },
  surveys: {
    useful: {
      question: 'Was this email of use to you?',
      answers: [
        { value: 'yes', label: 'Yes' },
        { value: 'partly', label: 'Partly' },
        { value: 'no', label: 'No' },
      ],
    },
  },
  attribution: { windowDays: 5, touch: 'clicked', credit: 'last', revenueProperty: 'total' },
  campaigns: {
    nudge: {
      title: 'Nudge',
      stateMachine: 'nudge',
      topic: 'offers',
      entry: { event: 'never' },
      exit: { event: 'purchase' },
      maxTriggerAgeHours: 48,
      holdout: 0.2,
      variants: { short: {}, long: {} },
      steps: { offer: { email: 'offer', afterHours: 1 }, reminder: { email: 'reminder', afterHours: 24 } },
    },
  },
});

/** What somebody who watches the shop and its mail provider would write down, line by line. */
export type LogLine =
  | { what: 'event'; atMs: number; seenAtMs: number; name: string; userId?: string; anonymousId?: string; id: string; source: 'server' | 'web' | 'import'; total?: number; currency?: string }
  | { what: 'email'; atMs: number; sendId: string; userKey: string; step: string; variant: string; heldOut: boolean }
  | { what: MailFact; atMs: number; sendId: string }
  /** What somebody says to the survey behind the link of an email. */
  | { what: 'answer'; atMs: number; sendId: string; answer: string }
  | { what: 'skip'; atMs: number; step: string; reason: SkipReason | 'deferred' };

/** When one hears of a line: some events come late. */
export const seenAtMs = (line: LogLine): number => (line.what === 'event' ? line.seenAtMs : line.atMs);

/** What the mail provider tells; `Prefetch` is an open by Apple's proxy and `Scan` a click by a scanner, which SES reports like any other. */
export type MailFact = 'Send' | 'Delivery' | 'Open' | 'Prefetch' | 'Click' | 'Scan' | 'Bounce' | 'SoftBounce' | 'Complaint' | 'Subscription';

/** Two months of a shop's log and what it knows of the year before, the same for the same seed: guests who identify later, resent, late and forged events, imports, emails, answers. */
export function shopLog(seed: number, people = 60): LogLine[] {
  const random = seeded(seed);
  // Of its own, so that what is added here changes nothing else.
  const more = seeded(seed + 1000);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const sometime = (fromMs: number, untilMs: number) => Math.floor(fromMs + random() * (untilMs - fromMs));
  const log: LogLine[] = [];
  for (let person = 0; person < people; person += 1) {
    const knownFromMs = random() < 0.3 ? sometime(firstMs + 10 * dayMs, madeAtMs - 5 * dayMs) : firstMs;
    const isKnown = random() < 0.9;
    const who = (atMs: number) => (isKnown && atMs >= knownFromMs ? { userId: `p${person}` } : { anonymousId: `d${person}` });
    const visits = Array.from({ length: Math.floor(random() * 12) }, () => sometime(firstMs, madeAtMs - dayMs));
    const event = (atMs: number, name: string, id: string) => ({ what: 'event' as const, atMs, seenAtMs: atMs, name, id, source: 'server' as const, ...who(atMs) });
    for (const atMs of visits) log.push(event(atMs, 'product_viewed', `v${person}-${atMs}`));
    if (isKnown) log.push({ ...event(knownFromMs, 'identified', `i${person}`), userId: `p${person}`, anonymousId: `d${person}` });
    if (more() < 0.4) {
      const atMs = Math.floor(firstMs - (5 + more() * 390) * dayMs);
      log.push({ ...event(atMs, 'purchase', `y${person}`), total: Math.ceil(more() * 100) / 2, currency: 'EUR' });
    }
    // Some are mailed before anybody knows who they are: they gave an address, and identify later.
    const isMailedAsGuest = isKnown && random() < 0.3;
    const userKeyAt = (atMs: number) => (isKnown && !(isMailedAsGuest && atMs < knownFromMs) ? `u#p${person}` : `a#d${person}`);
    for (let run = Math.floor(random() * 4); run > 0; run -= 1) {
      const variant = person % 2 === 0 ? 'short' : 'long';
      const atMs = sometime(isMailedAsGuest ? firstMs + hourMs : Math.max(firstMs, knownFromMs) + hourMs, madeAtMs - 2 * dayMs);
      const isHeldOut = person % 5 === 0;
      for (const [index, step] of ['offer', 'reminder'].entries()) log.push(...email(`s${person}-${run}-${index}`, userKeyAt(atMs + index * dayMs), step, variant, isHeldOut, atMs + index * dayMs));
    }
    for (let order = Math.floor(random() * 4); order > 0; order -= 1) {
      // Half of the purchases follow an email, which is where the windows begin and end.
      const emails = log.filter((line) => (line.what === 'Click' || line.what === 'email') && line.sendId.startsWith(`s${person}-`));
      const atMs = emails.length > 0 && random() < 0.5 ? pick(emails).atMs + Math.floor(random() * 6 * dayMs) : sometime(firstMs, madeAtMs - dayMs);
      if (atMs >= madeAtMs) continue;
      const source = random() < 0.1 ? 'web' : random() < 0.1 ? 'import' : 'server';
      const seenLater = more() < 0.2 ? Math.floor(more() * 3 * hourMs) : 0;
      const line: LogLine = {
        ...event(atMs, 'purchase', `o${person}-${order}`),
        seenAtMs: Math.min(atMs + seenLater, madeAtMs - 1),
        source,
        total: Math.ceil(random() * 100) / 2,
        ...(more() < 0.8 && { currency: 'EUR' }),
      };
      log.push(line, ...(random() < 0.3 ? [{ ...line }] : []));
    }
  }
  // Some come after a month and before its report is made.
  for (const [index, atMs] of [marchMs + hourMs, madeAtMs - hourMs].entries()) {
    log.push({ what: 'event', atMs, seenAtMs: atMs, name: 'product_viewed', id: `n${index}`, source: 'server', anonymousId: `n${index}` });
  }
  for (const line of [...log]) if (line.what === 'Click' && more() < 0.6) log.push(...answers(line));
  for (const step of ['offer', 'reminder', 'offer']) {
    for (const reason of ['no-consent', 'unsubscribed', 'deferred'] as const) if (more() < 0.8) log.push({ what: 'skip', atMs: sometime(firstMs, madeAtMs), step, reason });
  }
  return log.map((line, index) => ({ line, index })).sort((a, b) => seenAtMs(a.line) - seenAtMs(b.line) || a.index - b.index).map(({ line }) => line);

  /** Some change their mind, and some say the same again. */
  function answers(click: LogLine & { sendId: string }): LogLine[] {
    const say = (atMs: number): LogLine => ({ what: 'answer', atMs: Math.ceil(atMs), sendId: click.sendId, answer: ['yes', 'yes', 'partly', 'no'][Math.floor(more() * 4)] as string });
    const first = say(click.atMs + more() * hourMs);
    return [first, ...(more() < 0.4 ? [say(first.atMs + more() * 10 * dayMs)] : [])].filter(({ atMs }) => atMs < madeAtMs);
  }

  function email(sendId: string, userKey: string, step: string, variant: string, heldOut: boolean, atMs: number): LogLine[] {
    const lines: LogLine[] = [{ what: 'email', atMs, sendId, userKey, step, variant, heldOut }];
    const after = (what: MailFact, hours: number) => lines.push({ what, atMs: atMs + Math.ceil(hours * hourMs), sendId });
    // Of some, nothing is ever heard.
    if (heldOut || more() < 0.05) return lines;
    after('Send', 0);
    if (more() < 0.05) after('SoftBounce', 0.1);
    if (random() < 0.05) after('Bounce', 0.1);
    else {
      after('Delivery', 0.1);
      if (random() < 0.3) after('Prefetch', 0.2);
      if (random() < 0.7) after('Open', 3 + random() * 48);
      if (random() < 0.5) after('Click', 52 + random() * 48);
      if (more() < 0.2) after('Scan', 0.15);
      if (more() < 0.05) after('Subscription', 100);
      if (random() < 0.05) after('Complaint', 101);
    }
    return lines.filter((line) => line.atMs < madeAtMs);
  }
}

export interface World {
  pipeline: Pipeline;
  sends: MemorySends;
  counters: Pick<Counters, 'ofMonth'>;
}

/** Lets the pipeline live through a log until an instant: each line is told to the function that would hear of it. */
export async function live(log: readonly LogLine[], untilMs = madeAtMs, config: Config = shop): Promise<World> {
  const pipeline = new Pipeline(config);
  const sends = new MemorySends();
  const counts: Count[] = [];
  const logger = recordingLogger().logger;
  const now = () => pipeline.nowMs;
  const feedback = createFeedback({ sends, control: { optOut: async () => {} }, inboxes: createInboxStore(memoryDocuments(), 'control'), limit: config.suppression, topicOf: () => undefined, stream: pipeline, logger, now });
  const survey = createSurvey({ config, signingKeys, profiles: pipeline.store, answers: new MemorySurveys(pipeline.store.answers), stream: pipeline, logger, now });
  const links = new Map<string, string>();
  const sentAtMs = new Map(log.flatMap((line) => (line.what === 'email' ? [[line.sendId, line.atMs]] : [])));
  for (const line of log.filter((one) => seenAtMs(one) < untilMs)) {
    await pipeline.passTime(Math.max(pipeline.nowMs, seenAtMs(line)));
    if (line.what === 'event') await pipeline.send(envelope(line));
    else if (line.what === 'email') {
      const { sendId, userKey, step, variant, heldOut, atMs } = line;
      await sends.claim({ sendId, userKey, campaign: 'nudge', step, executionName: sendId.slice(0, -2), claimedAtMs: atMs, variant, ...(heldOut && { heldOut }) });
      const segment = pipeline.store.profile(userKey).segment?.name;
      links.set(sendId, signSurvey({ userKey, campaign: 'nudge', step, question: 'useful', ...(segment !== undefined && { segment }) }, signingKey));
    } else if (line.what === 'skip') counts.push({ campaign: 'nudge', step: line.step, reason: line.reason, day: new Date(line.atMs).toISOString().slice(0, 10), count: 1 });
    else if (line.what === 'answer') {
      await survey(pageCall('POST', links.get(line.sendId) as string, { body: new URLSearchParams({ answer: line.answer }).toString() }));
    } else await feedback(sesEvent(line, sentAtMs.get(line.sendId) as number));
    await pipeline.process();
  }
  await pipeline.passTime(untilMs);
  return { pipeline, sends, counters: { ofMonth: async (month) => counts.filter(({ day }) => day.startsWith(month)) } };
}

function envelope({ name, userId, anonymousId, id, source, total, currency, atMs, seenAtMs: receivedAtMs }: Extract<LogLine, { what: 'event' }>): Envelope {
  const timestamp = new Date(atMs).toISOString();
  const who = { userId, anonymousId, messageId: id, timestamp };
  if (name === 'identified') return envelopeOf({ ...who, traits: {} }, { source, receivedAtMs }, 'identify');
  return envelopeOf({ ...who, event: name, properties: { ...(total !== undefined && { total }), ...(currency !== undefined && { currency }) } }, { source, receivedAtMs });
}

function sesEvent({ what, sendId, atMs }: Extract<LogLine, { what: MailFact }>, sentAtMs: number): object {
  const timestamp = new Date(atMs).toISOString();
  const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const details = {
    Delivery: { delivery: { timestamp } },
    Open: { open: { timestamp, userAgent: browser } },
    Prefetch: { open: { timestamp, userAgent: 'Mozilla/5.0' } },
    Click: { click: { timestamp, link: 'https://lanternbooks.example/', userAgent: browser } },
    Scan: { click: { timestamp, link: 'https://lanternbooks.example/', userAgent: 'Barracuda Link Protection' } },
    Bounce: { bounce: { timestamp, bounceType: 'Permanent' } },
    SoftBounce: { bounce: { timestamp, bounceType: 'Transient' } },
    Complaint: { complaint: { timestamp } },
    Subscription: { subscription: { timestamp, newTopicPreferences: { unsubscribeAll: true } } },
  };
  const mail = { messageId: `ses-${sendId}`, timestamp: new Date(sentAtMs).toISOString(), tags: { 'send-id': [sendId] } };
  const eventTypes: Partial<Record<MailFact, string>> = { Prefetch: 'Open', Scan: 'Click', SoftBounce: 'Bounce' };
  return { source: 'aws.ses', detail: { eventType: eventTypes[what] ?? what, mail, ...details[what as keyof typeof details] } };
}
