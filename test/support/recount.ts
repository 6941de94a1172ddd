import { madeAtMs, type LogLine, type MailFact } from './shop-months.ts';

/**
 * The numbers of a month, counted again from the raw log with nothing of the pipeline: no profiles, no stored conversions, no folds.
 * Slow and plain on purpose. It stands for the config of the test's shop: last click within five days.
 */
const dayMs = 24 * 60 * 60 * 1000;
export const march = { fromMs: Date.parse('2026-03-01T00:00:00Z'), untilMs: Date.parse('2026-04-01T00:00:00Z') };
const inMarch = (atMs: number) => atMs >= march.fromMs && atMs < march.untilMs;

type EventLine = Extract<LogLine, { what: 'event' }>;
type EmailLine = Extract<LogLine, { what: 'email' }>;

export class Recount {
  readonly #log: readonly LogLine[];
  readonly #identifiedAtMs = new Map<string, number>();
  readonly #personOf = new Map<string, string>();
  readonly events: EventLine[];

  constructor(log: readonly LogLine[]) {
    this.#log = log;
    const seen = new Set<string>();
    this.events = log.filter((line): line is EventLine => line.what === 'event' && !seen.has(line.id) && Boolean(seen.add(line.id)));
    for (const { userId, anonymousId, atMs } of this.events) {
      if (userId === undefined || anonymousId === undefined) continue;
      this.#personOf.set(anonymousId, userId);
      this.#identifiedAtMs.set(userId, atMs);
    }
  }

  /** Whose event it is, as one knows in the end. */
  personOf({ userId, anonymousId }: EventLine): string {
    return userId ?? this.#personOf.get(anonymousId as string) ?? (anonymousId as string);
  }

  /** Whose email it is, as one knows in the end. */
  ownerOf({ userKey }: Pick<EmailLine, 'userKey'>): string {
    return this.#personOf.get(userKey.slice(2)) ?? userKey.slice(2);
  }

  get people(): string[] {
    return [...new Set([...this.events.map((event) => this.personOf(event)), ...this.emails.filter(({ heldOut }) => !heldOut).map((email) => this.ownerOf(email))])];
  }

  get purchases(): (EventLine & { person: string; total: number })[] {
    return this.events.flatMap((event) => (event.name === 'purchase' && event.source !== 'web' ? [{ ...event, person: this.personOf(event), total: event.total ?? 0 }] : []));
  }

  get marchPurchases(): ReturnType<typeof this.purchases.slice> {
    return this.purchases.filter(({ atMs }) => inMarch(atMs));
  }

  get emails(): EmailLine[] {
    return this.#log.filter((line): line is EmailLine => line.what === 'email');
  }

  /** When something happened to an email first. */
  when(sendId: string, what: MailFact): number | undefined {
    return this.#log.find((line) => line.what === what && line.sendId === sendId)?.atMs;
  }

  countEmails(step: string, variant: string, what: MailFact | 'heldOut'): number {
    // Who follows a link has opened the email, seen or not.
    const signs: readonly MailFact[] = what === 'heldOut' ? [] : what === 'Open' ? ['Open', 'Click'] : [what];
    return this.emails.filter(
      (email) => inMarch(email.atMs) && email.step === step && email.variant === variant && (what === 'heldOut' ? email.heldOut : signs.some((sign) => this.when(email.sendId, sign) !== undefined)),
    ).length;
  }

  /** Purchases of March whose last click within five days before was in that step and variant. */
  credited(step: string, variant: string): { conversions: number; revenue: number } {
    const won = this.marchPurchases.filter(({ person, atMs }) => {
      let last: { email: EmailLine; clickedAtMs: number } | undefined;
      for (const email of this.emails) {
        const clickedAtMs = this.when(email.sendId, 'Click');
        if (this.ownerOf(email) !== person || clickedAtMs === undefined || clickedAtMs > atMs || atMs - clickedAtMs > 5 * dayMs) continue;
        if (last === undefined || clickedAtMs > last.clickedAtMs || (clickedAtMs === last.clickedAtMs && email.sendId > last.email.sendId)) last = { email, clickedAtMs };
      }
      return last?.email.step === step && last.email.variant === variant;
    });
    return { conversions: won.length, revenue: won.reduce((sum, { total }) => sum + total, 0) };
  }

  /** People whose first email of March puts them into an arm, and what they did in the five days after it, in March. */
  arm(arm: string): { people: number; converted: number; revenue: number } {
    const result = { people: 0, converted: 0, revenue: 0 };
    for (const person of this.people) {
      const [first] = this.emails.filter(({ atMs, userKey }) => this.ownerOf({ userKey }) === person && inMarch(atMs));
      if (first === undefined || (first.heldOut ? 'holdout' : first.variant) !== arm) continue;
      const after = this.marchPurchases.filter((one) => one.person === person && one.atMs >= first.atMs && one.atMs - first.atMs <= 5 * dayMs);
      result.people += 1;
      result.converted += after.length > 0 ? 1 : 0;
      result.revenue += after.reduce((sum, { total }) => sum + total, 0);
    }
    return result;
  }

  /** What counts for a person at an instant: their own events, and those of their device once they are identified. */
  #history(person: string, atMs: number): EventLine[] {
    const own = this.events.filter((event) => (event.userId ?? event.anonymousId) === person && event.atMs <= atMs);
    if (!person.startsWith('p') || own.length === 0) return own;
    const isIdentified = (this.#identifiedAtMs.get(person) ?? Infinity) <= atMs;
    return this.events.filter((event) => event.atMs <= atMs && this.personOf(event) === person && (event.userId !== undefined || isIdentified));
  }

  /** An email, too, makes a person known, from the first that the mail provider tells of it. */
  #wasMailed(person: string, untilMs: number): boolean {
    return this.#log.some(
      (line) => line.what !== 'event' && line.what !== 'email' && line.atMs <= untilMs && this.emails.some(({ sendId, userKey }) => sendId === line.sendId && userKey.slice(2) === person),
    );
  }

  rulesThatHold(person: string, atMs: number): string[] {
    const recent = this.#history(person, atMs).filter((event) => event.atMs + 30 * dayMs > atMs && !(event.name === 'purchase' && event.source === 'web'));
    const count = (name: string) => recent.filter((event) => event.name === name).length;
    return [...(count('purchase') >= 1 ? ['buyers'] : []), ...(count('product_viewed') >= 3 ? ['browsers'] : [])];
  }

  /** `undefined` before the first sign of a person. */
  segmentAt(person: string, atMs: number): string | undefined {
    return this.#history(person, atMs).length === 0 && !this.#wasMailed(person, atMs) ? undefined : (this.rulesThatHold(person, atMs)[0] ?? 'others');
  }

  /** Changes of segment in March, as `from>to`, by trying every instant at which one could be. */
  moves(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const person of this.people) {
      const mailed = this.emails.filter(({ userKey, heldOut }) => userKey.slice(2) === person && !heldOut).map(({ atMs }) => atMs);
      const times = [...mailed, ...this.events.filter((event) => this.personOf(event) === person).flatMap(({ atMs }) => [atMs, atMs + 30 * dayMs])];
      let before: string | undefined;
      for (const atMs of times.filter((one) => one <= madeAtMs).sort((a, b) => a - b)) {
        const now = this.segmentAt(person, atMs);
        if (now !== undefined && now !== before && inMarch(atMs)) counts.set(`${before ?? ''}>${now}`, (counts.get(`${before ?? ''}>${now}`) ?? 0) + 1);
        before = now;
      }
    }
    return counts;
  }

  /** Points decay by half in 30 days. */
  engagement(person: string, atMs: number): number {
    const points: Record<string, number> = { purchase: 10, product_viewed: 2 };
    return this.#history(person, atMs)
      .filter((event) => !(event.name === 'purchase' && event.source === 'web'))
      .reduce((sum, event) => sum + (points[event.name] ?? 0) * 0.5 ** ((atMs - event.atMs) / (30 * dayMs)), 0);
  }
}
