import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { fitsAtSight, normalCall } from '../../../lambdas/domain/events/call.ts';
import { instantMs, isPlainInstant } from '../../../lambdas/domain/events/instant.ts';
import { parseRecord, toDomainEvent } from '../../../lambdas/domain/events/parse.ts';
import { batchedCall } from '../../../lambdas/schemas/event.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { hostileEnvelope, hostileJson } from '../../support/hostile.ts';
import { marshallOptions } from '../../../lambdas/adapters/clients.ts';

/** A reason is a line that can stand in a list. */
const isLine = (reason: string | undefined): void => {
  expect(reason).toMatch(/^[^\n]{1,1500}$/s);
};

test('for any JSON in an envelope there is an event in normal form, or a reason', () => {
  let events = 0;
  fc.assert(
    fc.property(hostileEnvelope, (given) => {
      const { envelope, reason } = parseRecord(JSON.stringify(given));
      if (envelope === undefined) return isLine(reason);
      const answer = toDomainEvent(envelope, config);
      if (answer.event === undefined) return isLine(answer.reason);
      const { event } = answer;
      events += 1;
      expect(event.userKey).toMatch(/^[ua]#./s);
      expect(Number.isSafeInteger(event.atMs) && event.atMs >= Date.UTC(2000, 0) && event.atMs <= event.receivedAtMs).toBe(true);
      marshall(event, marshallOptions);
    }),
    { numRuns: 10_000 },
  );
  expect(events).toBeGreaterThan(4000);
}, 120_000);

test('for any text there is an envelope or a reason', () => {
  fc.assert(
    fc.property(fc.oneof(hostileJson.map((value) => JSON.stringify(value)), fc.string()), (text) => {
      const { envelope, reason } = parseRecord(text);
      if (envelope === undefined) isLine(reason);
    }),
    { numRuns: 300 },
  );
});

test('depth is no danger anywhere in an event', () => {
  expect(parseRecord('['.repeat(200_000)).reason).toBe('not JSON');
  const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
  for (const field of ['userId', 'properties', 'traits', 'context', 'timestamp', 'messageId', 'event']) {
    const { envelope } = parseRecord(`{"v":1,"type":"track","receivedAtMs":1772323200000,"keyId":"k","source":"web","requestId":"r","index":0,"event":{"userId":"ana","event":"x","${field}":${deep}}}`);
    const answer = envelope === undefined ? { reason: 'no envelope' } : toDomainEvent(envelope, config);
    expect(answer.event !== undefined || answer.reason !== '').toBe(true);
  }
});

test('a call that fits at sight fits its schema, which changes nothing of it', () => {
  let fitting = 0;
  fc.assert(
    fc.property(hostileEnvelope, ({ event, type }) => {
      const call = normalCall(event, type);
      if (!fitsAtSight(call)) return;
      fitting += 1;
      const parsed = z.safeParse(batchedCall, call);
      expect(parsed.error?.issues ?? []).toEqual([]);
      // A record leaves out a key that could reach a prototype; so does the cleaning that comes after it.
      const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (key, inner: unknown) => (key === '__proto__' ? undefined : inner));
      expect(plain(parsed.data)).toEqual(plain(call));
    }),
    { numRuns: 5000 },
  );
  expect(fitting).toBeGreaterThan(800);
});

test('a time in plain form is the instant that it names', () => {
  const part = (max: number) => fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'));
  let plain = 0;
  fc.assert(
    fc.property(fc.tuple(fc.constantFrom('2026', '2024', '1999', '0000', '9999'), part(14), part(33), part(25), part(61), part(61), fc.constantFrom('000', '999', '12', '1234')), ([year, month, day, hour, minute, second, fraction]) => {
      const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}Z`;
      if (!isPlainInstant(text)) return;
      plain += 1;
      expect(new Date(instantMs(text) as number).toISOString()).toBe(text);
    }),
    { numRuns: 10_000 },
  );
  expect(plain).toBeGreaterThan(1000);
});
