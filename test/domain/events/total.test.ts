import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRecord, toDomainEvent } from '../../../lambdas/domain/events/parse.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { hostileEnvelope, hostileJson } from '../../support/hostile.ts';

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
      marshall(event, { removeUndefinedValues: true });
    }),
    { numRuns: 10_000 },
  );
  expect(events).toBeGreaterThan(4000);
});

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
