import type { KinesisStreamEvent } from 'aws-lambda';
import { decodeProfile } from '../../lambdas/adapters/profiles/codec.ts';
import type { Stream } from '../../lambdas/adapters/stream.ts';
import { compilePlan, type Plan } from '../../lambdas/domain/plan/plan.ts';
import type { Moment } from '../../lambdas/domain/profile/view.ts';
import { createHandler as createProcessing } from '../../lambdas/process-events/handler.ts';
import { createHandler as createRefresh } from '../../lambdas/refresh-segments/handler.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import type { Model } from '../../lambdas/schemas/model.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';
import { replay, type ReplayDeps } from '../../tools/replay/run.ts';
import { momentAt } from './events.ts';
import { emptyCatalogue, FakeDeadLetters, FakeWorkflows, MemoryBacklog, MemoryProfiles, MemoryWaits, recordingLogger } from './fakes.ts';

interface Put {
  sequenceNumber: string;
  partitionKey: string;
  data: string;
}

/** The bookstore, whose campaigns start for people without an address, too: histories are made of a few kinds of event. */
const forEverybody: Config = { ...bookstore, campaigns: Object.fromEntries(Object.entries(bookstore.campaigns).map(([name, campaign]) => [name, { ...campaign, startsWithoutAddress: true }])) };

/** The pipeline in memory: a stream of one shard, its consumer, the refresh, and an archive; under a clock that follows the events. */
export class Pipeline implements Stream {
  readonly records: Put[] = [];
  readonly store = new MemoryProfiles();
  readonly workflows = new FakeWorkflows();
  readonly config: Config;
  /** Records before this one have left the stream. */
  trimmedTo = 0;
  /** The archive has the records from the first to before the last of these. */
  archived: [from: number, to: number] = [0, Infinity];
  nowMs = 0;
  /** The classifier's, when it has one. */
  model: Model | undefined;
  /** Called when a replay reads the stream, with the count of its readings. */
  onCatchUp: (count: number) => Promise<void> = async () => {};
  #processed = 0;
  readonly #process: (event: KinesisStreamEvent) => Promise<unknown>;
  readonly #refresh: () => Promise<unknown>;

  constructor(config: Config = forEverybody) {
    this.config = config;
    const plan = compilePlan(config);
    const deps = {
      plan,
      store: this.store,
      workflows: this.workflows,
      thresholds: {
        current: async () => {
          const { nowMs: _nowMs, ...inForce } = this.#momentAt(0, plan);
          return inForce;
        },
      },
      waits: new MemoryWaits(),
      stream: this,
      deadLetters: new FakeDeadLetters(),
      catalogue: emptyCatalogue,
      backlog: new MemoryBacklog(),
      sleep: async () => {},
      logger: recordingLogger().logger,
      now: () => this.nowMs,
    };
    this.#process = createProcessing(deps);
    this.#refresh = createRefresh(deps);
  }

  #momentAt(nowMs: number, plan: Plan): Moment {
    return { ...momentAt(nowMs, plan), model: this.model };
  }

  async put(events: readonly { partitionKey: string; envelope: Envelope }[]): Promise<void> {
    for (const { partitionKey, envelope } of events) {
      this.records.push({ sequenceNumber: String(1000 + this.records.length), partitionKey, data: JSON.stringify(envelope) });
    }
  }

  async send(...envelopes: Envelope[]): Promise<void> {
    await this.put(envelopes.map((envelope) => ({ partitionKey: String(envelope.event.userId ?? envelope.event.anonymousId), envelope })));
  }

  /** Applies each event as soon as it is received, so that copies for another person come before the next event. */
  async live(...envelopes: Envelope[]): Promise<void> {
    for (const envelope of envelopes) {
      await this.send(envelope);
      await this.process();
    }
  }

  /** Applies what is in the stream, each record when it came, and lets the refresh run whenever somebody is due. */
  async process(): Promise<void> {
    while (this.#processed < this.records.length) {
      const record = this.records[this.#processed] as Put;
      this.#processed += 1;
      await this.passTime(Math.max(this.nowMs, (JSON.parse(record.data) as Envelope).receivedAtMs));
      const { sequenceNumber, partitionKey, data } = record;
      const kinesis = { sequenceNumber, partitionKey, data: Buffer.from(data).toString('base64') };
      await this.#process({ Records: [{ kinesis }] } as unknown as KinesisStreamEvent);
    }
  }

  /** Delivers all records of the stream once more. */
  async redeliver(): Promise<void> {
    this.#processed = 0;
    await this.process();
  }

  async passTime(toMs: number): Promise<void> {
    for (let lastMs = -1; ; lastMs = this.nowMs) {
      const due = [...this.store.items.values()].flatMap(({ dueAtMs }) => (dueAtMs !== undefined && dueAtMs <= toMs ? [dueAtMs] : []));
      if (due.length === 0) break;
      this.nowMs = Math.max(this.nowMs, Math.min(...due));
      if (this.nowMs === lastMs) throw new Error(`somebody is due at ${lastMs} although all were settled then`);
      await this.#refresh();
    }
    this.nowMs = toMs;
  }

  async replay(change: Partial<ReplayDeps> = {}) {
    const plan = change.plan ?? compilePlan(this.config);
    let read = this.trimmedTo;
    let catchUps = 0;
    const { records, archived } = this;
    return replay({
      plan,
      archive: {
        async *records() {
          for (const { data } of records.slice(...archived)) yield { data, share: 0 };
        },
      },
      tail: {
        catchUp: async (onRecord) => {
          catchUps += 1;
          await this.onCatchUp(catchUps);
          for (; read < records.length; read += 1) onRecord(records[read] as Put);
        },
      },
      store: this.store,
      moment: this.#momentAt(this.nowMs, plan),
      isDryRun: false,
      tableWasLost: false,
      onProgress: () => {},
      retryPauseMs: 0,
      ...change,
    });
  }

  /** What events alone decide, of everybody who is not part of somebody else. */
  derived(): Record<string, unknown> {
    const items = [...this.store.items.values()].map((item) => decodeProfile(structuredClone(item)));
    const people = items.filter(({ mergedInto }) => mergedInto === undefined).sort((a, b) => (a.userKey < b.userKey ? -1 : 1));
    return Object.fromEntries(
      people.map(({ userKey, signals, scores, outcomes, traits, consent, unsubscribedAtMs, resubscribedAtMs, thresholdsOn, segment, exits, absorbed, outbox }) => {
        const rounded = Object.entries(scores).map(([name, { value, atMs }]) => [name, Number(value.toPrecision(9)), atMs]);
        const { version: _, ...content } = this.store.content(userKey);
        const months = outcomes.map((one) => ({ ...one, scores: Object.entries(one.scores).map(([name, value]) => [name, Number(value.toPrecision(9))]) }));
        const known = { signals, months, scores: rounded, traits, consent, unsubscribedAtMs, resubscribedAtMs, thresholdsOn, segment: segment?.name, exits, outbox };
        // Without the hashes of messages, whose ids differ from pipeline to pipeline.
        const products = Object.entries(content.products).map(([id, { changes, ...record }]) => [id, { ...record, ...(changes && { changes: changes.map(([atMs, by]) => [atMs, by]) }) }]);
        return [userKey, { ...known, absorbed: [...absorbed].sort(), content: { ...content, products: Object.fromEntries(products) } }];
      }),
    );
  }
}
