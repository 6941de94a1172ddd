import { dayMs, sum, tallied, type EmailLine, type Purchase, type Recount } from './recount.ts';
import type { MailFact } from './shop-months.ts';

/** Emails, days and arms of a month, counted from the raw log; for last click within five days. */
export interface Arm {
  arm: string;
  people: number;
  converted: number;
  revenue: number;
}

/** What has to be heard of an email for it to be counted so. Who follows a link has opened the email, seen or not. */
const signs: Record<string, readonly MailFact[]> = {
  delivered: ['Delivery'],
  opened: ['Open', 'Click'],
  clicked: ['Click'],
  autoOpened: ['Prefetch'],
  autoClicked: ['Scan'],
  bounced: ['Bounce'],
  softBounced: ['SoftBounce'],
  complained: ['Complaint'],
  unsubscribed: ['Subscription'],
};

/** The emails of a month by step and variant. */
export function emailRows(recount: Recount): object[] {
  return ['offer', 'reminder'].flatMap((step) =>
    ['long', 'short'].map((variant) => {
      const emails = recount.emails.filter((email) => recount.isInMonth(email.atMs) && email.step === step && email.variant === variant);
      const counts = Object.entries(signs).map(([name, facts]) => [name, emails.filter(({ sendId }) => facts.some((fact) => recount.when(sendId, fact) !== undefined)).length]);
      const won = credits(recount).filter(({ email }) => email.step === step && email.variant === variant);
      return {
        step,
        variant,
        sent: emails.filter(({ sendId }) => recount.sentAtMsOf(sendId) !== undefined).length,
        unconfirmed: emails.filter(({ sendId, heldOut }) => recount.sentAtMsOf(sendId) === undefined && !heldOut).length,
        heldOut: emails.filter(({ heldOut }) => heldOut).length,
        ...Object.fromEntries(counts),
        conversions: won.length,
        revenue: sum(won.map(({ purchase }) => purchase.total)),
      };
    }),
  );
}

/** Purchases of the month and the email that each is credited to: the one that was clicked last in the five days before. */
function credits(recount: Recount): { purchase: Purchase; email: EmailLine }[] {
  return recount.monthPurchases.flatMap((purchase) => {
    let last: { email: EmailLine; clickedAtMs: number } | undefined;
    for (const email of recount.emails) {
      const clickedAtMs = recount.when(email.sendId, 'Click');
      if (recount.ownerOf(email) !== purchase.person || clickedAtMs === undefined || clickedAtMs > purchase.atMs || purchase.atMs - clickedAtMs > 5 * dayMs) continue;
      if (last === undefined || clickedAtMs > last.clickedAtMs || (clickedAtMs === last.clickedAtMs && email.sendId > last.email.sendId)) last = { email, clickedAtMs };
    }
    return last === undefined ? [] : [{ purchase, email: last.email }];
  });
}

/** Emails stand on the day on which they were decided on, whatever became of them later. */
export function days(recount: Recount): object[] {
  const credited = credits(recount);
  const list: object[] = [];
  for (let fromMs = recount.fromMs; fromMs < recount.untilMs && fromMs < recount.madeAtMs; fromMs += dayMs) {
    const isToday = ({ atMs }: { atMs: number }) => atMs >= fromMs && atMs < fromMs + dayMs;
    const emails = recount.emails.filter(isToday).map(({ sendId }) => sendId);
    list.push({
      day: new Date(fromMs).toISOString().slice(0, 10),
      sent: emails.filter((sendId) => recount.sentAtMsOf(sendId) !== undefined).length,
      opened: emails.filter((sendId) => recount.when(sendId, 'Open') !== undefined || recount.when(sendId, 'Click') !== undefined).length,
      clicked: emails.filter((sendId) => recount.when(sendId, 'Click') !== undefined).length,
      conversions: recount.purchases.filter(isToday).length,
      credited: credited.filter(({ purchase }) => isToday(purchase)).length,
    });
  }
  return list;
}

export function skipped(recount: Recount): object[] {
  const names = recount.log.flatMap((line) => (line.what === 'skip' && recount.isInMonth(line.atMs) ? [`${line.step} ${line.reason}`] : []));
  return tallied(names).map(([name, count]) => ({ step: name.split(' ')[0], reason: name.split(' ')[1], count }));
}

/** People by the arm that their first email since then puts them into, and what they did in the five days after it, until the month ends. */
export function arms(recount: Recount, fromMs = recount.fromMs): Arm[] {
  const isWithin = (atMs: number) => atMs >= fromMs && atMs < recount.untilMs;
  return ['short', 'long', 'holdout'].map((arm) => {
    const result = { arm, people: 0, converted: 0, revenue: 0 };
    for (const person of recount.people) {
      const [first] = recount.emails.filter((email) => recount.ownerOf(email) === person && isWithin(email.atMs));
      if (first === undefined || (first.heldOut ? 'holdout' : first.variant) !== arm) continue;
      const after = recount.purchases.filter((one) => one.person === person && isWithin(one.atMs) && one.atMs >= first.atMs && one.atMs - first.atMs <= 5 * dayMs);
      result.people += 1;
      result.converted += after.length > 0 ? 1 : 0;
      result.revenue = sum([result.revenue, ...after.map(({ total }) => total)]);
    }
    return result;
  });
}

/** Two in five of either variant, and one in five held out: Pearson's chi-squared test, whose tail for three groups is exp(-x / 2). */
export function sampleRatioP(recount: Recount): number {
  const groups = arms(recount);
  const people = sum(groups.map((arm) => arm.people));
  const [short, long, heldOut] = groups.map((arm, index) => {
    const expected = people * (index === 2 ? 0.2 : 0.4);
    return (arm.people - expected) ** 2 / expected;
  }) as [number, number, number];
  return Math.exp(-(short + long + heldOut) / 2);
}
