import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createControlStore } from '../lambdas/adapters/control-store.ts';
import { createCatalogue } from '../lambdas/adapters/catalogue.ts';
import type { DeadLetters } from '../lambdas/adapters/dead-letters.ts';
import { createLogger } from '../lambdas/adapters/logger.ts';
import { encodeProfile } from '../lambdas/adapters/profiles/codec.ts';
import { createBacklog } from '../lambdas/adapters/profiles/backlog.ts';
import { createProfileStore } from '../lambdas/adapters/profiles/store.ts';
import type { ProfileStore } from '../lambdas/adapters/profiles/profile-store.ts';
import { createThresholdSource } from '../lambdas/adapters/threshold-source.ts';
import { createHandler } from '../lambdas/process-events/handler.ts';
import { compilePlan } from '../lambdas/domain/plan/plan.ts';
import type { Envelope } from '../lambdas/schemas/event.ts';
import config from '../examples/bookstore/segue.config.ts';
import { startDynamo } from '../test/support/dynamo.ts';
import { kinesisEvent } from '../test/support/kinesis.ts';
import { meter } from './dynamo-world.ts';
import { seeded } from './measure.ts';

export interface DynamoResult {
  eventsPerUserAndBatch: number;
  callsPer1000: number;
  writeUnitsPer1000: number;
  readUnitsPer1000: number;
  /** Bytes of the largest and the median profile item, in DynamoDB's way of counting. */
  itemBytes: { median: number; largest: number };
}

const startMs = Date.parse('2026-09-01T00:00:00Z');
const none = async () => {};
/** Shares of the events of a shop's visitors; most are page and product views. */
const mix = ['page_viewed', 'page_viewed', 'page_viewed', 'product_viewed', 'product_viewed', 'wishlist_saved', 'search', 'video_watched'];

/**
 * Sends 1,000 events of people who are known already through process-events, against DynamoDB behind its wire protocol, and
 * counts what it is asked for. Carts and purchases are left out: they write more, and few events are any.
 */
export async function benchDynamo(eventsPerUserAndBatch: number): Promise<DynamoResult> {
  const dynamo = await startDynamo();
  try {
    const counter = meter(dynamo.documents);
    const store = createProfileStore(dynamo.documents, 'profiles');
    let nowMs = startMs;
    const handle = processor(dynamo.documents, store, () => nowMs, { store: none, storeAll: none });
    const random = seeded(7);
    const userCount = Math.round(1000 / eventsPerUserAndBatch);
    let sequence = 1;
    const batch = (): Envelope[] =>
      Array.from({ length: userCount * eventsPerUserAndBatch }, (_, index) => {
        const event = { messageId: `m${sequence}-${index}`, userId: `user-${index % userCount}`, event: mix[Math.floor(random() * mix.length)], properties: { path: '/books' } };
        return { v: 1, type: 'track', receivedAtMs: nowMs, keyId: 'k', source: 'server', requestId: `r${sequence}-${index}`, index: 0, event };
      });
    const send = async () => {
      const answer = await handle(kinesisEvent(batch(), sequence));
      if (answer.batchItemFailures.length > 0) throw new Error(`${answer.batchItemFailures.length} people failed`);
      sequence += 1000;
      nowMs += 60_000;
    };
    // People have a past: enough for full rings of message ids and for a segment.
    for (let round = 0; round < Math.ceil(70 / eventsPerUserAndBatch); round += 1) await send();
    counter.take();
    await send();
    const { calls, writeUnits, readUnits } = counter.take();
    const sizes: number[] = [];
    for await (const profile of store.scan()) sizes.push(itemBytes(encodeProfile(profile)));
    sizes.sort((a, b) => a - b);
    return { eventsPerUserAndBatch, callsPer1000: calls, writeUnitsPer1000: writeUnits, readUnitsPer1000: readUnits, itemBytes: { median: sizes[Math.floor(sizes.length / 2)] ?? 0, largest: sizes.at(-1) ?? 0 } };
  } finally {
    await dynamo.stop();
  }
}

/** process-events of the bookstore, with nothing behind it but the tables. */
export function processor(documents: DynamoDBDocumentClient, store: ProfileStore, now: () => number, deadLetters: DeadLetters) {
  const control = createControlStore(documents, 'control');
  return createHandler({
    plan: compilePlan(config),
    store,
    workflows: { start: async () => true, stop: none, resume: none },
    waits: { happened: async () => ({}) },
    stream: { put: none },
    deadLetters,
    catalogue: createCatalogue(control),
    thresholds: createThresholdSource(control, config, now),
    logger: createLogger('bench', () => {}),
    now,
    backlog: createBacklog(documents, 'profiles'),
    sleep: none,
  });
}

/** Size as DynamoDB counts it: names and strings in UTF-8, numbers about half a byte a digit and one, 3 bytes for a list or map, 1 for each element. */
export function itemBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).replace(/[-.]/g, '').length / 2) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return 3 + value.reduce<number>((sum, one) => sum + 1 + itemBytes(one), 0);
  if (typeof value === 'object' && value !== null) return (isTopLevel(value) ? 0 : 3) + Object.entries(value).reduce((sum, [name, one]) => sum + (isTopLevel(value) ? 0 : 1) + Buffer.byteLength(name) + itemBytes(one), 0);
  return 1;
}

const isTopLevel = (value: object): boolean => 'userKey' in value;

if (import.meta.main) for (const perUser of [1, 3, 10, 50]) console.log(JSON.stringify(await benchDynamo(perUser)));
