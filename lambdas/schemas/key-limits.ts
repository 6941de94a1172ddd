import * as z from 'zod/mini';
import { limits } from './event.ts';

export const keySources = ['web', 'server'] as const;
export type KeySource = (typeof keySources)[number];

/** How many requests a write key may send. API Gateway counts requests, not events. */
export interface KeyLimits {
  /** Lasting rate. */
  perSecond: number;
  /** How many may come at once before the rate counts: the size of the token bucket. */
  burst: number;
  /** From midnight to midnight UTC. */
  perDay: number;
}

/** API Gateway's own highest rate of an account is 10,000 a second by default. */
const perSecond = z.number().check(z.gt(0), z.lte(10_000));
const burst = z.int().check(z.gte(1), z.lte(10_000));
const perDay = z.int().check(z.gte(1), z.lte(2_147_483_647));

export const keyLimitsSchema = z.strictObject({
  /** Requests a second that a key may send for any length of time. */
  perSecond: z.optional(perSecond),
  /** Requests that a key may send at once; five times `perSecond` when that is given. */
  burst: z.optional(burst),
  /** Requests of a key from midnight to midnight UTC. */
  perDay: z.optional(perDay),
});

/** What a shard takes in a second. */
export const shardCapacity = { records: 1000, bytes: 1_048_576 } as const;

/**
 * For each shard of the stage. Web keys are public: were one to send nothing but the largest requests that it may, a seventh of the
 * stream stays free. Server keys are secret and may send requests of 500 KB: theirs holds for batches of 20 events, which SDKs send.
 */
const perShard: Readonly<Record<KeySource, KeyLimits>> = {
  web: { perSecond: 20, burst: 100, perDay: 500_000 },
  server: { perSecond: 40, burst: 200, perDay: 2_000_000 },
};

/** The limits of keys that have none of their own. @param own what `stages.ts` says about them */
export function defaultKeyLimits(source: KeySource, shards: number, own: z.output<typeof keyLimitsSchema> = {}): KeyLimits {
  const { perSecond, burst, perDay } = perShard[source];
  const rate = own.perSecond ?? perSecond * shards;
  return { perSecond: rate, burst: own.burst ?? burstOf(rate, burst / perSecond), perDay: own.perDay ?? perDay * shards };
}

/** Bursts of five seconds, unless something else is asked for. */
export const burstOf = (rate: number, seconds = 5): number => Math.max(1, Math.min(10_000, Math.ceil(rate * seconds)));

/** The largest request of a web key: one event of the largest size, or a batch of as many bytes. Browsers send less: their libraries put 10 events into a batch. */
export const webRequest = { bytes: limits.eventBytes, events: 40 } as const;

/** Name of the usage plan for keys of a source that have no limits of their own. */
export const defaultPlanName = (stageName: string, source: KeySource): string => `segue-${stageName}-${source}-keys`;

/** Name of what API Gateway keeps of one write key: its API key, and its usage plan if it has limits of its own. */
export const keyResourceName = (stageName: string, keyId: string): string => `segue-${stageName}-key-${keyId}`;
