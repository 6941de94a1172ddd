import { decidedFrom } from './decided.ts';
import type { History, Of } from './history.ts';
import { ownersOf } from './owners.ts';
import { processedEvents } from './processed.ts';
import { rootOf, type Witness } from './witness.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const time = (atMs: number): string => new Date(atMs).toISOString();

export function oneMailEach(history: History, witness: Witness): string[] {
  const ownerOf = ownersOf(history, witness);
  const mails = history.all('mail');
  const repeated = (name: string, keyOf: (mail: Of<'mail'>) => string | undefined) =>
    [...Map.groupBy(mails, keyOf)].flatMap(([key, list]) => (key === undefined || list.length === 1 ? [] : [`${name} ${key}: ${list.length} emails, at ${list.map(({ atMs }) => time(atMs)).join(', ')}`]));
  return [
    ...repeated('execution and step', ({ execution, step }) => `${execution} ${step}`),
    ...repeated('once for a person', ({ execution, campaign, step }) => (witness.campaigns[campaign]?.isOnce ? `${ownerOf(execution)} ${campaign} ${step}` : undefined)),
  ];
}

/** Between the decision and SES lie a wait for the rate and calls that may be slow or repeated; a window is that much shorter. */
const betweenMs = 40_000;

/** Of a mailbox, however many people it has. */
export function capsHold(history: History, { maxPerDay, maxPerWeek, mostSkewMs }: Witness): string[] {
  const slackMs = betweenMs + 2 * mostSkewMs;
  return [...Map.groupBy(history.all('mail'), ({ to }) => to)].flatMap(([to, mails]) => {
    const check = (max: number | undefined, windowMs: number) =>
      max === undefined
        ? []
        : mails.flatMap(({ atMs }, place) => {
            const within = mails.slice(place, place + max + 1);
            const last = within.at(-1) as Of<'mail'>;
            return within.length > max && last.atMs - atMs < windowMs - slackMs ? [`${to}: more than ${max} in ${windowMs / hourMs} hours: ${within.map((mail) => `${mail.campaign}/${mail.step} at ${time(mail.atMs)}`).join(', ')}`] : [];
          });
    return [...check(maxPerDay, dayMs), ...check(maxPerWeek, 7 * dayMs)];
  });
}

/** Over ten seconds, since an email leaves some time after its place was taken. */
const rateWindowMs = 10_000;

export function rateHolds(history: History, { maxPerSecond, mostSkewMs }: Witness): string[] {
  const mails = history.all('mail');
  const max = maxPerSecond * ((rateWindowMs + 2 * mostSkewMs) / 1000 + 9);
  const place = mails.findIndex(({ atMs }, first) => mails.filter((mail, other) => other >= first && mail.atMs - atMs < rateWindowMs).length > max);
  return place < 0 ? [] : [`more than ${max} emails within ${rateWindowMs / 1000} seconds from ${time(mails[place]?.atMs ?? 0)} on; the rate is ${maxPerSecond} a second`];
}

interface Stop {
  fromMs: number;
  /** Does it speak of this email? */
  concerns: (mail: Of<'mail'>) => boolean;
  why: string;
}

/** Whoever has left, complained, bounced or bought gets nothing more of it that was looked at after that. */
export function silenceIsKept(history: History, witness: Witness): string[] {
  const stops = [...optOuts(history, witness), ...suppressions(history, witness), ...purchases(history, witness)];
  const lookedFrom = decidedFrom(history);
  return history.all('mail').flatMap((mail) =>
    stops.flatMap(({ fromMs, concerns, why }) => {
      const fromLookMs = lookedFrom(mail.invocation);
      return fromLookMs >= fromMs && concerns(mail) ? [`${mail.to} got ${mail.campaign}/${mail.step} at ${time(mail.atMs)}, decided from ${time(fromLookMs)} on, after ${why} at ${time(fromMs)}`] : [];
    }),
  );
}

/** By the link in an email: for the mailbox, whoever has it, and for the person whom the email was for, whatever mailbox they move to. */
function optOuts(history: History, witness: Witness): Stop[] {
  const { campaigns } = witness;
  const ownerOf = ownersOf(history, witness);
  const owners = new Map(history.all('mail').map(({ messageId, execution }) => [messageId, ownerOf(execution)]));
  return history.all('unsubscribed').map(({ messageId, to, topic, atMs }) => ({
    fromMs: atMs,
    why: `leaving ${topic} by an email to ${to}`,
    concerns: (mail) => campaigns[mail.campaign]?.topic === topic && !campaigns[mail.campaign]?.transactional && (mail.to === to || ownerOf(mail.execution) === owners.get(messageId)),
  }));
}

/** Of a mailbox: a complaint, a bounce for good, or too many others. */
function suppressions(history: History, { softBounces: { softBounces, withinDays } }: Witness): Stop[] {
  const feedback = history.all('feedback');
  const stop = (to: string, fromMs: number, why: string): Stop => ({ fromMs, why: `${why} of ${to}`, concerns: (mail) => mail.to === to });
  const soft = Map.groupBy(feedback.filter(({ bounceType }) => bounceType === 'Transient'), ({ to }) => to);
  return [
    ...feedback.flatMap(({ to, type, bounceType, atMs }) => (type === 'Complaint' ? [stop(to, atMs, 'a complaint')] : bounceType === 'Permanent' ? [stop(to, atMs, 'a bounce')] : [])),
    ...[...soft].flatMap(([to, list]) => {
      // SES may tell of one several times.
      const emails = [...new Map(list.toReversed().map((one) => [one.messageId, one])).values()].sort((a, b) => a.happenedAtMs - b.happenedAtMs);
      return emails.flatMap(({ happenedAtMs }, first) => {
        const within = emails.slice(first, first + softBounces);
        const isOver = within.length === softBounces && (within.at(-1)?.happenedAtMs ?? 0) - happenedAtMs <= withinDays * dayMs;
        return isOver ? [stop(to, Math.max(...within.map(({ atMs }) => atMs)), `${softBounces} soft bounces`)] : [];
      });
    }),
  ];
}

function purchases(history: History, witness: Witness): Stop[] {
  const root = rootOf(witness);
  const ownerOf = ownersOf(history, witness);
  const entries = new Map(history.all('started').map(({ execution, input }) => [execution, (JSON.parse(input) as { entryAtMs: number }).entryAtMs]));
  const joinedAtMs = new Map(history.all('joined').map(({ profile, atMs }) => [profile, atMs]));
  return processedEvents(history).flatMap(({ event, effectiveAtMs, processedAtMs, partitionKey }) => {
    if (event.name !== 'purchase') return [];
    const person = witness.people.find(({ key }) => key === root(event.key));
    if (person === undefined) return [];
    // What a visitor did is the person's from the moment that the two are one; what comes in later is sent after it, in a record of its own.
    const isOwn = partitionKey === person.key.slice(2);
    const joinMs = joinedAtMs.get(event.key) ?? Infinity;
    if (!isOwn && processedAtMs > joinMs) return [];
    const concerns = ({ campaign, execution = '' }: Of<'mail'>) => ownerOf(execution) === person.key && witness.campaigns[campaign]?.exitEvent === 'purchase' && (entries.get(execution) ?? Infinity) <= effectiveAtMs;
    return [{ fromMs: isOwn ? processedAtMs : joinMs, why: `the purchase ${event.eventId}`, concerns }];
  });
}

export function couponsAreUsedOnce(history: History, witness: Witness): string[] {
  const ownerOf = ownersOf(history, witness);
  const redeemed = history.all('redeemed').filter(({ status }) => status === 200);
  const orders = Map.groupBy(redeemed, ({ code }) => code);
  const shown = new Map<string, Set<string>>();
  for (const { codes, execution } of history.all('mail')) for (const code of codes) shown.set(code, new Set([...(shown.get(code) ?? []), ownerOf(execution)]));
  const lookedFrom = decidedFrom(history);
  return [
    ...[...orders].flatMap(([code, list]) => (new Set(list.map(({ order }) => order)).size > 1 ? [`${code} was redeemed by ${list.map(({ order }) => order).join(' and ')}`] : [])),
    ...[...shown].flatMap(([code, readers]) => (readers.size > 1 ? [`${code} went to ${[...readers].join(' and ')}`] : [])),
    ...history.all('mail').flatMap(({ codes, invocation, to, step, atMs }) =>
      codes.flatMap((code) => (redeemed.some((one) => one.code === code && one.atMs <= lookedFrom(invocation)) ? [`${to} was shown ${code} in ${step} at ${time(atMs)}, which was redeemed before`] : [])),
    ),
  ];
}

/** Whoever has touched their cart gets the first email about it when they have left it alone for its time, and not before. */
export function cartsAreLeftAlone(history: History, { campaigns, mostSkewMs }: Witness): string[] {
  const { firstStep, firstWaitMs = 0 } = campaigns.abandoned_cart ?? {};
  const owners = new Map(history.all('started').map(({ execution, input }) => [execution, (JSON.parse(input) as { userKey: string }).userKey]));
  // What a visitor did may still be on its way to the person whom they turned out to be.
  const touches = processedEvents(history).flatMap(({ event, effectiveAtMs, processedAtMs }) => (event !== undefined && event.key.startsWith('u#') && (event.name === 'add_to_cart' || event.name === 'remove_from_cart') ? [{ event, effectiveAtMs, processedAtMs }] : []));
  const lookedFrom = decidedFrom(history);
  const leastMs = firstWaitMs - betweenMs - 60_000 - 2 * mostSkewMs;
  return history.all('mail').flatMap(({ campaign, step, execution = '', invocation, to, atMs }) => {
    if (campaign !== 'abandoned_cart' || step !== firstStep) return [];
    return touches.flatMap(({ event, effectiveAtMs, processedAtMs }) =>
      event.key === owners.get(execution) && processedAtMs <= lookedFrom(invocation) && effectiveAtMs <= atMs && atMs - effectiveAtMs < leastMs
        ? [`${to} got ${campaign}/${step} at ${time(atMs)}, though ${event.eventId} touched the cart at ${time(effectiveAtMs)}`]
        : [],
    );
  });
}
