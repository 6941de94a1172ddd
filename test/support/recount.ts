import { seenAtMs, type LogLine, type MailFact } from './shop-months.ts';

/**
 * A month, counted again from the raw log with nothing of the pipeline: no profiles, no stored conversions, no folds. Slow and plain on
 * purpose. It stands for the config of the test's shop. Who is who, and what was known when, is here; numbers are in `recount-people.ts` and
 * `recount-emails.ts`.
 */
export const dayMs = 24 * 60 * 60 * 1000;

export type EventLine = Extract<LogLine, { what: 'event' }>;
export type EmailLine = Extract<LogLine, { what: 'email' }>;
export type AnswerLine = Extract<LogLine, { what: 'answer' }>;

export interface Purchase {
  line: EventLine;
  /** Who made it, as one knows in the end. */
  person: string;
  atMs: number;
  total: number;
}

export class Recount {
  readonly madeAtMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly log: readonly LogLine[];
  readonly events: readonly EventLine[];
  readonly emails: readonly EmailLine[];
  readonly answers: readonly AnswerLine[];
  readonly purchases: readonly Purchase[];
  /** Everybody of whom anything is known. */
  readonly people: readonly string[];
  readonly #personOf = new Map<string, string>();
  readonly #identifiedAtMs = new Map<string, number>();
  readonly #facts = new Map<string, number>();

  /** @param madeAtMs when the report is made; nothing after it is known */
  constructor(log: readonly LogLine[], month: string, madeAtMs: number) {
    this.madeAtMs = madeAtMs;
    const [year, number] = month.split('-').map(Number) as [number, number];
    this.fromMs = Date.UTC(year, number - 1);
    this.untilMs = Date.UTC(year, number);
    this.log = log.filter((line) => seenAtMs(line) < this.madeAtMs);
    const ids = new Set<string>();
    this.events = this.log.filter((line): line is EventLine => line.what === 'event' && !ids.has(line.id) && Boolean(ids.add(line.id)));
    this.emails = this.log.filter((line): line is EmailLine => line.what === 'email');
    this.answers = this.log.filter((line): line is AnswerLine => line.what === 'answer');
    for (const { userId, anonymousId, atMs } of this.events) {
      if (userId === undefined || anonymousId === undefined) continue;
      this.#personOf.set(anonymousId, userId);
      this.#identifiedAtMs.set(anonymousId, atMs);
    }
    for (const line of this.log) if ('sendId' in line && line.what !== 'email' && line.what !== 'answer') this.#facts.set(`${line.what} ${line.sendId}`, Math.min(line.atMs, this.#facts.get(`${line.what} ${line.sendId}`) ?? Infinity));
    this.purchases = this.events.flatMap((line) => (line.name === 'purchase' && line.source !== 'web' ? [{ line, person: this.personOf(line), atMs: line.atMs, total: line.total ?? 0 }] : []));
    const mailed = this.emails.filter(({ sendId }) => this.sentAtMsOf(sendId) !== undefined);
    this.people = [...new Set([...this.events.map((event) => this.personOf(event)), ...mailed.map((email) => this.ownerOf(email))])];
  }

  isInMonth(atMs: number): boolean {
    return atMs >= this.fromMs && atMs < this.untilMs;
  }

  /** Whose event it is, as one knows in the end. */
  personOf({ userId, anonymousId }: EventLine): string {
    return userId ?? this.#personOf.get(anonymousId as string) ?? (anonymousId as string);
  }

  /** Whose email or answer it is, as one knows in the end. */
  ownerOf({ userKey }: { userKey: string }): string {
    return this.#personOf.get(userKey.slice(2)) ?? userKey.slice(2);
  }

  /** The same, as one knew at an instant. */
  ownerAt({ userKey }: { userKey: string }, atMs: number): string {
    const id = userKey.slice(2);
    return (this.#identifiedAtMs.get(id) ?? Infinity) <= atMs ? (this.#personOf.get(id) as string) : id;
  }

  get monthPurchases(): Purchase[] {
    return this.purchases.filter(({ atMs }) => this.isInMonth(atMs));
  }

  /** When something happened to an email first. */
  when(sendId: string, what: MailFact): number | undefined {
    return this.#facts.get(`${what} ${sendId}`);
  }

  /** When the mail provider told of an email first. */
  sentAtMsOf(sendId: string): number | undefined {
    const times = [...this.#facts].flatMap(([name, atMs]) => (name.endsWith(` ${sendId}`) ? [atMs] : []));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** What counts for a person at an instant: their own events, and those of their device once they are identified. */
  history(person: string, atMs: number): EventLine[] {
    return this.events.filter((event) => {
      if (event.seenAtMs > atMs) return false;
      const id = event.userId ?? (event.anonymousId as string);
      return id === person || (this.#personOf.get(id) === person && (this.#identifiedAtMs.get(id) as number) <= atMs);
    });
  }

  /** First instant at which anything told of a person under this very id, and not as the device that they would turn out to have. */
  firstSignMs(person: string): number {
    const events = this.events.filter(({ userId, anonymousId }) => (userId ?? anonymousId) === person).map((event) => event.seenAtMs);
    const emails = this.emails.filter(({ userKey }) => userKey.slice(2) === person).flatMap(({ sendId }) => this.sentAtMsOf(sendId) ?? []);
    return Math.min(...events, ...emails);
  }

  /** Do the events of a person, but for one that is left out, make these rules hold? */
  rulesThatHold(person: string, atMs: number, without?: EventLine): string[] {
    const recent = this.history(person, atMs).filter((event) => event !== without && event.atMs + 30 * dayMs > atMs && !(event.name === 'purchase' && event.source === 'web'));
    const count = (name: string) => recent.filter((event) => event.name === name).length;
    return [...(count('purchase') >= 1 ? ['buyers'] : []), ...(count('product_viewed') >= 3 ? ['browsers'] : [])];
  }

  /** `undefined` before the first sign of a person. */
  segmentAt(person: string, atMs: number): string | undefined {
    return this.firstSignMs(person) > atMs ? undefined : (this.rulesThatHold(person, atMs)[0] ?? 'others');
  }

  /** The segment just before an event of theirs came. */
  segmentBefore(event: EventLine): string | null {
    const person = event.userId ?? (event.anonymousId as string);
    return this.firstSignMs(person) >= event.seenAtMs ? null : (this.rulesThatHold(person, event.seenAtMs, event)[0] ?? 'others');
  }

  /** Points of everything that a person did before an instant, which decay by half in 30 days. */
  engagement(person: string, atMs: number): number {
    const points: Record<string, number> = { purchase: 10, product_viewed: 2 };
    return this.events
      .filter((event) => this.personOf(event) === person && event.atMs < atMs && !(event.name === 'purchase' && event.source === 'web'))
      .reduce((sum, event) => sum + (points[event.name] ?? 0) * 0.5 ** ((atMs - event.atMs) / (30 * dayMs)), 0);
  }
}

/** The sum of a list, without the noise of binary fractions. */
export const sum = (values: readonly number[]): number => Number(values.reduce((total, value) => total + value, 0).toFixed(6));

/** How many there are of each, by name. */
export function tallied(names: readonly string[]): [name: string, count: number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
