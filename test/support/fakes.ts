import type { CatalogueStore } from '../../lambdas/adapters/catalogue.ts';
import type { ContactLog, ContactLogStore } from '../../lambdas/adapters/mail/contact-log.ts';
import type { DeadLetter, DeadLetters } from '../../lambdas/adapters/dead-letters.ts';
import { createLogger, type Logger } from '../../lambdas/adapters/logger.ts';
import type { Backlog, BackloggedPerson, RawRecord } from '../../lambdas/adapters/profiles/backlog.ts';
import { decodeContent, decodeProfile, encodeContent, encodeProfile, type ContentItem, type ProfileItem } from '../../lambdas/adapters/profiles/codec.ts';
import { pauseMs } from '../../lambdas/adapters/profiles/table-reads.ts';
import type { Loaded, PersonRecords, ProfileStore, RefusedMerge, StoredWorkflow } from '../../lambdas/adapters/profiles/profile-store.ts';
import type { SendRecord, SendStore } from '../../lambdas/adapters/mail/send-store.ts';
import type { Stream } from '../../lambdas/adapters/stream.ts';
import type { Wait, WaitStore } from '../../lambdas/adapters/wait-store.ts';
import type { Workflows } from '../../lambdas/adapters/workflows.ts';
import { emptyContent, type Content } from '../../lambdas/domain/profile/content.ts';
import type { Contacted } from '../../lambdas/domain/campaigns/contact-times.ts';
import type { RecordConversion, RecordTransition, StopWorkflow } from '../../lambdas/domain/profile/effects.ts';
import { WriteConflict } from '../../lambdas/domain/errors.ts';
import { comparableSequence, emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import type { SurveyRecord } from '../../lambdas/domain/surveys/survey.ts';
import type { SurveyClaim } from '../../lambdas/domain/links/tokens.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';

/**
 * Trouble at chosen calls: `before` fails without doing anything (throttled, or the process died), `after` does it and
 * then fails (the answer was lost). Calls are counted from 1, over all fakes that share the trouble.
 */
export class Trouble {
  calls = 0;
  readonly #at: Map<number, 'before' | 'after'>;

  constructor(at: Iterable<[number, 'before' | 'after']> = []) {
    this.#at = new Map(at);
  }

  async around<T>(action: () => T): Promise<T> {
    this.calls += 1;
    const trouble = this.#at.get(this.calls);
    if (trouble === 'before') throw new Error('trouble before the call');
    const result = action();
    if (trouble === 'after') throw new Error('trouble after the call');
    return result;
  }
}

/** What an answer is kept under. */
export const surveyKey = ({ userKey, campaign, step, question }: SurveyClaim): string => JSON.stringify([userKey, campaign, step, question]);

const copy = <T>(value: T): T => structuredClone(value);

/** The profile table in memory, through the same codec and with the same conditions as the real one. */
export class MemoryProfiles implements ProfileStore {
  readonly items = new Map<string, ProfileItem>();
  readonly contents = new Map<string, ContentItem>();
  readonly transitions = new Map<string, { userKey: string; transition: RecordTransition }>();
  readonly conversions = new Map<string, { userKey: string; conversion: RecordConversion }>();
  readonly workflows = new Map<string, { userKey: string; workflow: StoredWorkflow }>();
  readonly answers = new Map<string, SurveyRecord>();
  /** When people were erased, by key. */
  readonly erased = new Map<string, number>();
  readonly refusedMerges = new Map<string, RefusedMerge>();
  readonly writes: { userKey: string; indexMoved: boolean }[] = [];
  readonly #trouble: Trouble;

  constructor(trouble = new Trouble()) {
    this.#trouble = trouble;
  }

  profile(userKey: string): Profile {
    const item = this.items.get(userKey);
    const erasedAtMs = this.erased.get(userKey);
    return item ? decodeProfile(copy(item)) : { ...emptyProfile(userKey), ...(erasedAtMs !== undefined && { erasedAtMs }) };
  }

  content(userKey: string): Content {
    const item = this.contents.get(userKey);
    return item ? decodeContent(copy(item)) : emptyContent();
  }

  #loaded(userKey: string, withContent: boolean): Loaded {
    return { profile: this.profile(userKey), content: withContent ? this.content(userKey) : undefined };
  }

  async erasedAtMs(userKey: string): Promise<number | undefined> {
    return this.erased.get(userKey);
  }

  load(userKey: string, withContent: boolean): Promise<Loaded> {
    return this.#trouble.around(() => {
      // As in the table: only a read of many looks up who was erased.
      const loaded = this.#loaded(userKey, withContent);
      return this.items.has(userKey) ? loaded : { ...loaded, profile: emptyProfile(userKey) };
    });
  }

  loadMany(wanted: readonly { userKey: string; withContent: boolean }[]): Promise<Map<string, Loaded>> {
    return this.#trouble.around(() => new Map(wanted.map(({ userKey, withContent }) => [userKey, this.#loaded(userKey, withContent)])));
  }

  saveProfile(profile: Profile): Promise<Profile> {
    return this.#trouble.around(() => {
      const before = this.items.get(profile.userKey);
      if ((before?.ver ?? 0) !== profile.version) throw new WriteConflict();
      const next = { ...profile, version: profile.version + 1 };
      const item = encodeProfile(copy(next));
      this.writes.push({ userKey: profile.userKey, indexMoved: before?.dueAtMs !== item.dueAtMs });
      this.items.set(profile.userKey, item);
      return next;
    });
  }

  saveContent(userKey: string, content: Content, expiresAtMs?: number): Promise<Content> {
    return this.#trouble.around(() => {
      if ((this.contents.get(userKey)?.ver ?? 0) !== content.version) throw new WriteConflict();
      const next = { ...content, version: content.version + 1 };
      this.contents.set(userKey, encodeContent(userKey, copy(next), expiresAtMs));
      return next;
    });
  }

  keepContent(userKey: string, expiresAtMs: number | undefined): Promise<void> {
    return this.#trouble.around(() => {
      const { expiresAtS: _before, ...item } = this.contents.get(userKey) ?? {};
      if ('userKey' in item) this.contents.set(userKey, { ...(item as ContentItem), ...(expiresAtMs !== undefined && { expiresAtS: Math.ceil(expiresAtMs / 1000) }) });
    });
  }

  /** DynamoDB's time to live. */
  expire(nowMs: number): void {
    for (const table of [this.items, this.contents]) for (const [key, { expiresAtS = Infinity }] of table) if (expiresAtS * 1000 <= nowMs) table.delete(key);
  }

  point(anonymousKey: string, knownKey: string, byWeb = false, expiresAtMs?: number): Promise<Profile> {
    return this.#trouble.around(() => {
      const { dueShard: _shard, dueAtMs: _due, byw: _byWeb, expiresAtS: _expires, ...item } = this.items.get(anonymousKey) ?? encodeProfile(emptyProfile(anonymousKey));
      if (item.into === undefined || item.into === knownKey) this.items.set(anonymousKey, { ...item, into: knownKey, ver: item.ver + 1, ...(byWeb && { byw: true }), ...(expiresAtMs !== undefined && { expiresAtS: Math.ceil(expiresAtMs / 1000) }) });
      return this.profile(anonymousKey);
    });
  }

  close(anonymousKey: string): Promise<void> {
    return this.#trouble.around(() => {
      const item = this.items.get(anonymousKey);
      if (!item) return;
      item.clo = true;
      delete item.out;
    });
  }

  recordRefusedMerge(userKey: string, refused: RefusedMerge): Promise<void> {
    return this.#trouble.around(() => void this.refusedMerges.set(`${userKey}|${refused.anonymousKey}`, refused));
  }

  recordTransition(userKey: string, transition: RecordTransition): Promise<void> {
    return this.#trouble.around(() => void this.transitions.set(`${userKey}|${transition.atMs}|${transition.from}|${transition.to}`, { userKey, transition }));
  }

  recordConversion(userKey: string, conversion: RecordConversion): Promise<void> {
    return this.#trouble.around(() => void this.conversions.set(`${userKey}|${conversion.atMs}|${conversion.id}`, { userKey, conversion: copy(conversion) }));
  }

  recordWorkflow(userKey: string, workflow: StoredWorkflow): Promise<void> {
    return this.#trouble.around(() => {
      const id = `${userKey}|${workflow.executionName}`;
      this.workflows.set(id, { userKey, workflow: { ...this.workflows.get(id)?.workflow, ...copy(workflow) } });
    });
  }

  endedOf(userKey: string, workflows: readonly Pick<StoredWorkflow, 'executionName'>[]): Promise<Set<string>> {
    return this.#trouble.around(() => new Set(workflows.map(({ executionName }) => executionName).filter((name) => this.workflows.get(`${userKey}|${name}`)?.workflow.endedAtMs !== undefined)));
  }

  copyRecords(fromKey: string, toKey: string): Promise<void> {
    return this.#trouble.around(() => {
      const theirs = [...this.conversions.values()].filter(({ userKey }) => userKey === fromKey);
      for (const { conversion } of theirs) this.conversions.set(`${toKey}|${conversion.atMs}|${conversion.id}`, { userKey: toKey, conversion });
      for (const { userKey, workflow } of [...this.workflows.values()]) {
        const id = `${toKey}|${workflow.executionName}`;
        if (userKey === fromKey && this.workflows.get(id)?.workflow.endedAtMs === undefined) this.workflows.set(id, { userKey: toKey, workflow });
      }
      for (const answer of [...this.answers.values()].filter(({ userKey }) => userKey === fromKey)) {
        const own = { ...answer, userKey: toKey };
        if ((this.answers.get(surveyKey(own))?.atMs ?? -Infinity) < answer.atMs) this.answers.set(surveyKey(own), own);
      }
    });
  }

  async *due(dueShard: string, nowMs: number, pageSize: number): AsyncIterable<string[]> {
    const isDue = (item: ProfileItem) => item.dueShard === dueShard && (item.dueAtMs ?? Infinity) <= nowMs;
    const keys = await this.#trouble.around(() => [...this.items.values()].filter(isDue).sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0)).map(({ userKey }) => userKey));
    for (let start = 0; start < keys.length; start += pageSize) yield keys.slice(start, start + pageSize);
  }

  postpone(userKey: string, nowMs: number): Promise<void> {
    return this.#trouble.around(() => {
      const item = this.items.get(userKey);
      if (item === undefined || (item.dueAtMs ?? Infinity) > nowMs) return;
      item.tries = (item.tries ?? 0) + 1;
      item.dueAtMs = nowMs + pauseMs(item.tries);
    });
  }

  async *people({ part, of } = { part: 0, of: 1 }): AsyncIterable<PersonRecords> {
    const inOrder = <T extends { atMs: number }>(list: T[]) => list.sort((a, b) => a.atMs - b.atMs);
    for (const [index, userKey] of [...this.items.keys()].entries()) {
      const profile = this.profile(userKey);
      if (index % of !== part || profile.mergedInto !== undefined) continue;
      const transitions = [...this.transitions.values()].flatMap((one) => (one.userKey === userKey ? [one.transition] : []));
      const conversions = [...this.conversions.values()].flatMap((one) => (one.userKey === userKey ? [one.conversion] : []));
      const answers = [...this.answers.values()].filter((one) => one.userKey === userKey);
      const workflows = [...this.workflows.values()].flatMap((one) => (one.userKey === userKey ? [one.workflow] : [])).sort((a, b) => a.entryAtMs - b.entryAtMs);
      yield { profile, workflows, transitions: inOrder(transitions), conversions: inOrder(conversions), answers: inOrder(answers) };
    }
  }

  async *scan(): AsyncIterable<Profile> {
    for (const userKey of this.items.keys()) yield this.profile(userKey);
  }
}

/** Step Functions as far as names go: a name starts once, and stays taken. */
export class FakeWorkflows implements Workflows {
  readonly started = new Map<string, { userKey: string; campaign: string; entryAtMs: number }>();
  readonly stopped = new Map<string, string>();
  readonly resumed: string[] = [];
  startCalls = 0;
  readonly #trouble: Trouble;

  constructor(trouble = new Trouble()) {
    this.#trouble = trouble;
  }

  get running(): string[] {
    return [...this.started.keys()].filter((name) => !this.stopped.has(name));
  }

  start(userKey: string, { executionName, campaign, entryAtMs }: Parameters<Workflows['start']>[1]): Promise<boolean> {
    return this.#trouble.around(() => {
      this.startCalls += 1;
      if (!this.started.has(executionName)) this.started.set(executionName, { userKey, campaign, entryAtMs });
      return true;
    });
  }

  resume(token: string): Promise<void> {
    return this.#trouble.around(() => void this.resumed.push(token));
  }

  stop({ executionName, cause }: StopWorkflow): Promise<void> {
    return this.#trouble.around(() => {
      if (this.started.has(executionName) && !this.stopped.has(executionName)) this.stopped.set(executionName, cause);
    });
  }
}

export class MemoryWaits implements WaitStore {
  readonly waits = new Map<string, Wait>();
  readonly #trouble: Trouble;

  constructor(trouble = new Trouble()) {
    this.#trouble = trouble;
  }

  register(executionName: string, wait: string, token: string): Promise<Wait> {
    return this.#set(executionName, wait, { token });
  }

  happened(executionName: string, wait: string, happenedAtMs: number): Promise<Wait> {
    return this.#set(executionName, wait, { happenedAtMs });
  }

  #set(executionName: string, wait: string, change: Wait): Promise<Wait> {
    return this.#trouble.around(() => {
      const id = `${executionName}#${wait}`;
      const known = this.waits.get(id) ?? {};
      const next = { ...known, ...change, ...(known.happenedAtMs !== undefined && { happenedAtMs: known.happenedAtMs }) };
      this.waits.set(id, next);
      return copy(next);
    });
  }
}

/** Events that wait, in memory. */
export class MemoryBacklog implements Backlog {
  readonly list = new Map<string, Omit<BackloggedPerson, 'userKey'>>();
  readonly records = new Map<string, Map<string, RawRecord>>();
  readonly #trouble: Trouble;

  constructor(trouble = new Trouble()) {
    this.#trouble = trouble;
  }

  people(): Promise<BackloggedPerson[]> {
    return this.#trouble.around(() => [...this.list].map(([userKey, entry]) => ({ userKey, ...entry })));
  }

  add(userKey: string, records: readonly RawRecord[], nowMs: number): Promise<void> {
    return this.#trouble.around(() => {
      const known = this.records.get(userKey) ?? new Map<string, RawRecord>();
      for (const record of records) known.set(record.sequenceNumber, copy(record));
      this.records.set(userKey, known);
      const { sinceMs = nowMs, revision = 0 } = this.list.get(userKey) ?? {};
      this.list.set(userKey, { sinceMs, revision: revision + 1 });
    });
  }

  first(userKey: string, limit: number): Promise<RawRecord[]> {
    const inOrder = (a: RawRecord, b: RawRecord) => comparableSequence(a.sequenceNumber).localeCompare(comparableSequence(b.sequenceNumber));
    return this.#trouble.around(() => [...(this.records.get(userKey)?.values() ?? [])].sort(inOrder).slice(0, limit));
  }

  remove(userKey: string, records: readonly RawRecord[]): Promise<void> {
    return this.#trouble.around(() => records.forEach(({ sequenceNumber }) => this.records.get(userKey)?.delete(sequenceNumber)));
  }

  close({ userKey, sinceMs, revision }: BackloggedPerson): Promise<boolean> {
    return this.#trouble.around(() => {
      const entry = this.list.get(userKey);
      return entry?.sinceMs === sinceMs && entry.revision === revision && this.list.delete(userKey);
    });
  }
}

export class FakeStream implements Stream {
  readonly records: { partitionKey: string; envelope: Envelope }[] = [];
  readonly #trouble: Trouble;

  constructor(trouble = new Trouble()) {
    this.#trouble = trouble;
  }

  put(events: readonly { partitionKey: string; envelope: Envelope }[]): Promise<void> {
    return this.#trouble.around(() => void this.records.push(...copy(events)));
  }
}

export class FakeDeadLetters implements DeadLetters {
  readonly letters = new Map<string, DeadLetter>();

  async store(letter: DeadLetter): Promise<void> {
    this.letters.set(letter.sequenceNumber, letter);
  }

  async storeAll(letters: readonly DeadLetter[]): Promise<void> {
    await Promise.all(letters.map((letter) => this.store(letter)));
  }
}

export const emptyCatalogue: CatalogueStore = {
  save: async () => {},
  describe: async (product) => ({ ...product, reviews: [], related: [] }),
};

export class MemorySends implements SendStore {
  readonly records = new Map<string, SendRecord>();
  readonly #trouble: Trouble;

  constructor(trouble = new Trouble()) {
    this.#trouble = trouble;
  }

  get(sendId: string): Promise<SendRecord | undefined> {
    return this.#trouble.around(() => copy(this.records.get(sendId)));
  }

  claim(record: SendRecord): Promise<boolean> {
    return this.#trouble.around(() => {
      if (this.records.has(record.sendId)) return false;
      this.records.set(record.sendId, copy(record));
      return true;
    });
  }

  confirm(sendId: string, messageId: string, sentAtMs: number): Promise<void> {
    return this.#trouble.around(() => {
      const record = this.records.get(sendId);
      if (record) Object.assign(record, { messageId, sentAtMs: record.sentAtMs ?? sentAtMs });
    });
  }

  release(sendId: string): Promise<void> {
    return this.#trouble.around(() => void this.records.delete(sendId));
  }

  async *since(fromMs: number): AsyncIterable<SendRecord[]> {
    for (const record of this.records.values()) {
      if ([record.claimedAtMs, record.openedAtMs, record.clickedAtMs].some((atMs) => (atMs ?? -Infinity) >= fromMs)) yield [copy(record)];
    }
  }

  revise(sendId: string, change: (record: SendRecord) => SendRecord): Promise<SendRecord | undefined> {
    return this.#trouble.around(() => {
      const record = this.records.get(sendId);
      if (record === undefined) return undefined;
      this.records.set(sendId, copy(change(copy(record))));
      return copy(this.records.get(sendId));
    });
  }
}

export class MemoryContactLog implements ContactLogStore {
  readonly logs = new Map<string, ContactLog>();

  async read(userKey: string): Promise<ContactLog> {
    return copy(this.logs.get(userKey) ?? { version: 0, emails: [] });
  }

  async add(userKey: string, log: ContactLog, email: Contacted): Promise<boolean> {
    if ((this.logs.get(userKey)?.version ?? 0) !== log.version) return false;
    this.logs.set(userKey, { version: log.version + 1, emails: [...log.emails.filter(({ sendId }) => sendId !== email.sendId), email] });
    return true;
  }
}

/** Collects log lines, so that a test can read what an operator would. */
export function recordingLogger(): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  return { logger: createLogger('test', (line) => lines.push(JSON.parse(line) as Record<string, unknown>)), lines };
}
