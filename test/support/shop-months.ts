import { createHandler as createFeedback } from '../../lambdas/record-feedback/handler.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import { seeded } from '../../bench/measure.ts';
import { configWith, dayMs, envelopeOf, hourMs } from './events.ts';
import { MemorySends, recordingLogger } from './fakes.ts';
import { Pipeline } from './past.ts';

export const firstMs = Date.parse('2026-02-01T00:00:00Z');
export const madeAtMs = Date.parse('2026-04-01T05:00:00Z');

/** A shop with two segments that can overlap, and a campaign that compares two variants with a holdout. */
export const shop: Config = configWith({
  segments: [
    { name: 'buyers', title: 'Bought within 30 days', when: { did: 'purchase', withinDays: 30 } },
    { name: 'browsers', title: 'Looked at three products within 30 days', when: { did: 'product_viewed', atLeast: 3, withinDays: 30 } },
  ],
  fallback: { name: 'others', title: 'The others' },
  scores: { engagement: { halfLifeDays: 30, points: { purchase: 10, product_viewed: 2 } } },
  thresholds: {},
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
  | { what: 'event'; atMs: number; name: string; userId?: string; anonymousId?: string; id: string; source: 'server' | 'web' | 'import'; total?: number }
  | { what: 'email'; atMs: number; sendId: string; userKey: string; step: string; variant: string; heldOut: boolean }
  | { what: MailFact; atMs: number; sendId: string };

/** What the mail provider tells; `Prefetch` is an open by Apple's proxy, which SES reports like any other. */
export type MailFact = 'Send' | 'Delivery' | 'Open' | 'Prefetch' | 'Click' | 'Bounce' | 'Complaint';

/** Two months of a shop's log, the same for the same seed: guests who identify later, resent events, forged purchases, imports, emails. */
export function shopLog(seed: number, people = 60): LogLine[] {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const sometime = (fromMs: number, untilMs: number) => Math.floor(fromMs + random() * (untilMs - fromMs));
  const log: LogLine[] = [];
  for (let person = 0; person < people; person += 1) {
    const knownFromMs = random() < 0.3 ? sometime(firstMs + 10 * dayMs, madeAtMs - 5 * dayMs) : firstMs;
    const isKnown = random() < 0.9;
    const who = (atMs: number) => (isKnown && atMs >= knownFromMs ? { userId: `p${person}` } : { anonymousId: `d${person}` });
    const visits = Array.from({ length: Math.floor(random() * 12) }, () => sometime(firstMs, madeAtMs - dayMs));
    for (const atMs of visits) log.push({ what: 'event', atMs, name: 'product_viewed', id: `v${person}-${atMs}`, source: 'server', ...who(atMs) });
    if (isKnown) log.push({ what: 'event', atMs: knownFromMs, name: 'identified', id: `i${person}`, source: 'server', userId: `p${person}`, anonymousId: `d${person}` });
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
      const line: LogLine = { what: 'event', atMs, name: 'purchase', id: `o${person}-${order}`, source, total: Math.ceil(random() * 100) / 2, ...who(atMs) };
      log.push(line, ...(random() < 0.3 ? [{ ...line }] : []));
    }
  }
  return log.map((line, index) => ({ line, index })).sort((a, b) => a.line.atMs - b.line.atMs || a.index - b.index).map(({ line }) => line);

  function email(sendId: string, userKey: string, step: string, variant: string, heldOut: boolean, atMs: number): LogLine[] {
    const lines: LogLine[] = [{ what: 'email', atMs, sendId, userKey, step, variant, heldOut }];
    const after = (what: MailFact, hours: number) => lines.push({ what, atMs: atMs + Math.ceil(hours * hourMs), sendId });
    if (heldOut) return lines;
    after('Send', 0);
    if (random() < 0.05) after('Bounce', 0.1);
    else {
      after('Delivery', 0.1);
      if (random() < 0.3) after('Prefetch', 0.2);
      if (random() < 0.7) after('Open', 3 + random() * 48);
      if (random() < 0.5) after('Click', 52 + random() * 48);
      if (random() < 0.05) after('Complaint', 101);
    }
    return lines.filter((line) => line.atMs < madeAtMs);
  }
}

/** Lets the pipeline live through a log: each line is told to the function that would hear of it. */
export async function live(log: readonly LogLine[], config: Config = shop): Promise<{ pipeline: Pipeline; sends: MemorySends }> {
  const pipeline = new Pipeline(config);
  const sends = new MemorySends();
  const feedback = createFeedback({ sends, control: { suppress: async () => {}, optOut: async () => {} }, stream: pipeline, logger: recordingLogger().logger, now: () => pipeline.nowMs });
  const sentAtMs = new Map(log.flatMap((line) => (line.what === 'email' ? [[line.sendId, line.atMs]] : [])));
  for (const line of log) {
    await pipeline.passTime(Math.max(pipeline.nowMs, line.atMs));
    if (line.what === 'event') await pipeline.send(envelope(line));
    else if (line.what === 'email') {
      const { sendId, userKey, step, variant, heldOut, atMs } = line;
      await sends.claim({ sendId, userKey, campaign: 'nudge', step, executionName: sendId.slice(0, -2), claimedAtMs: atMs, variant, ...(heldOut && { heldOut }) });
    } else await feedback(sesEvent(line, sentAtMs.get(line.sendId) as number));
    await pipeline.process();
  }
  await pipeline.passTime(madeAtMs);
  return { pipeline, sends };
}

function envelope({ name, userId, anonymousId, id, source, total, atMs }: Extract<LogLine, { what: 'event' }>): Envelope {
  const timestamp = new Date(atMs).toISOString();
  const who = { userId, anonymousId, messageId: id, timestamp };
  if (name === 'identified') return envelopeOf({ ...who, traits: {} }, { source }, 'identify');
  return envelopeOf({ ...who, event: name, properties: total === undefined ? {} : { total } }, { source });
}

function sesEvent({ what, sendId, atMs }: Extract<LogLine, { what: MailFact }>, sentAtMs: number): object {
  const timestamp = new Date(atMs).toISOString();
  const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const details = {
    Delivery: { delivery: { timestamp } },
    Open: { open: { timestamp, userAgent: browser } },
    Prefetch: { open: { timestamp, userAgent: 'Mozilla/5.0' } },
    Click: { click: { timestamp, link: 'https://lanternbooks.example/', userAgent: browser } },
    Bounce: { bounce: { timestamp, bounceType: 'Permanent' } },
    Complaint: { complaint: { timestamp } },
  };
  const mail = { messageId: `ses-${sendId}`, timestamp: new Date(sentAtMs).toISOString(), tags: { 'send-id': [sendId] } };
  return { source: 'aws.ses', detail: { eventType: what === 'Prefetch' ? 'Open' : what, mail, ...details[what as keyof typeof details] } };
}
