import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { itemBytes } from '../../../bench/dynamo.ts';
import { marshallOptions } from '../../../lambdas/adapters/clients.ts';
import { decodeProfile, encodeContent, encodeProfile } from '../../../lambdas/adapters/profiles/codec.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { parseRecord, toDomainEvent } from '../../../lambdas/domain/events/parse.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import { settle } from '../../../lambdas/domain/fold/settle.ts';
import { emptyContent, mergeContent, productIdOf } from '../../../lambdas/domain/profile/content.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { bookstorePlan as plan, dayMs, identify, momentAt, startMs, track } from '../../support/events.ts';
import { hostileEnvelope } from '../../support/hostile.ts';

const itemLimit = 400 * 1024;

/** As the store writes it: through the client's own marshaller, and within what DynamoDB takes. */
function expectStorable(item: object): void {
  const marshalled = JSON.stringify(marshall(item, marshallOptions));
  for (const [, digits] of marshalled.matchAll(/\{"N":"([^"]*)"\}/g)) {
    const size = Math.abs(Number(digits));
    expect(size === 0 || (size >= 1e-130 && size < 1e126), digits).toBe(true);
  }
  expect(marshalled).not.toMatch(/(?<!\\)"(__proto__|)":\{"/);
  expect(itemBytes({ userKey: 'u', ...item })).toBeLessThan(itemLimit);
}

/** Folds all events as one person's, and asks of everything on the way whether it can be stored. */
function foldAll(events: readonly DomainEvent[]): { profile: Profile; content: ReturnType<typeof emptyContent> } {
  let profile = emptyProfile('u#ana');
  let content = emptyContent();
  let sequence = 1;
  for (let start = 0; start < events.length; ) {
    const some = events.slice(start).map((event, index) => ({ sequenceNumber: String(sequence + index), event }));
    const folded = fold(plan, profile, content, some, momentAt(Math.max(...events.map(({ receivedAtMs }) => receivedAtMs))));
    expect(folded.taken).toBeGreaterThan(0);
    start += folded.taken;
    sequence += folded.taken;
    expectStorable(encodeProfile(folded.profile));
    for (const effect of folded.profile.outbox) expectStorable(effect);
    profile = decodeProfile({ ...encodeProfile(folded.profile), out: [] });
    content = folded.content ?? content;
    expectStorable(encodeContent('u#ana', content));
  }
  return { profile, content };
}

const read = (envelopes: readonly unknown[]): DomainEvent[] =>
  envelopes.flatMap((given) => {
    const { envelope } = parseRecord(JSON.stringify(given));
    const { event } = envelope === undefined ? {} : toDomainEvent(envelope, config);
    return event ?? [];
  });

test('whatever any events make of a person, of two who become one, and of the catalogue can be stored', () => {
  let folded = 0;
  fc.assert(
    fc.property(fc.array(hostileEnvelope, { minLength: 1, maxLength: 20 }), fc.array(hostileEnvelope, { maxLength: 5 }), (mine, theirs) => {
      const events = read(mine);
      folded += events.length;
      const [known, anonymous] = [foldAll(events), foldAll(read(theirs))];
      const merged = mergeProfiles(plan, known.profile, anonymous.profile);
      expectStorable(encodeProfile(settle(plan, merged, momentAt(startMs + 4000 * dayMs))));
      expectStorable(encodeContent('u#ana', mergeContent(known.content, anonymous.content, plan)));
      for (const { name, properties, atMs } of events) {
        const id = productIdOf(properties);
        if (name === 'product_updated' && id !== undefined) expectStorable({ kind: 'product', id, details: properties, atMs });
      }
    }),
    { numRuns: 450 },
  );
  expect(folded).toBeGreaterThan(1000);
}, 60_000);

describe('bounds of an item', () => {
  test('hold for 500 purchases in one batch, which come in parts', () => {
    const { profile } = foldAll(Array.from({ length: 500 }, (_, index) => track('purchase', startMs + index, { product_id: `b${index}`, order_id: 'x'.repeat(8000), currency: 'é'.repeat(8000) })));
    expect(Math.max(...Object.values(profile.signals).map(({ count }) => count))).toBe(500);
  });

  test('hold for twenty products of 30 KB', () => {
    foldAll(Array.from({ length: 20 }, (_, index) => track('add_to_cart', startMs + index, { product_id: `b${index}`, name: 'é'.repeat(5000), author: 'é'.repeat(5000), url: `https://x.example/${'é'.repeat(5000)}` })));
  });

  test('hold for traits without end, and never cost what mail lives on', () => {
    const mail = { email: 'ana@reader.example', first_name: 'Ana', locale: 'de', timezone: 'Europe/Berlin', marketing_consent: true };
    const others = Array.from({ length: 400 }, (_, index) => identify(startMs + 1 + index, { [`t${index}`]: 'é'.repeat(8000) }));
    const { content } = foldAll([identify(startMs, mail), ...others]);
    expect(Object.fromEntries(Object.keys(mail).map((name) => [name, content.traits[name]?.value]))).toEqual(mail);
    expect(Object.keys(content.traits)).toHaveLength(50 + Object.keys(mail).length);
  });

  test('hold for topics and carts without end', () => {
    const left = Array.from({ length: 300 }, (_, index) => track('email_unsubscribed', startMs + index, { topic: `topic-${index}` }, {}, { source: 'email' }));
    expect(foldAll(left).profile.unsubscribedAtMs['*']).toBeDefined();
  });
});

test.each(['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'])('nothing breaks when everything is called %s', (name) => {
  const events = [
    track(name, startMs, { [name]: name }),
    ...['product_viewed', 'add_to_cart', 'remove_from_cart', 'purchase'].map((event, index) => track(event, startMs + index, { product_id: name, name, currency: name, order_id: name })),
    track('email_unsubscribed', startMs, { topic: name }, {}, { source: 'email' }),
    track('survey_answered', startMs, { survey: name, answer: name, previous_answer: name, previous_at_ms: 1 }),
    identify(startMs, { [name]: name, first_name: name }, { userId: name, anonymousId: 'd1' }),
  ];
  const { profile } = foldAll(events);
  expect(Object.values(profile.unsubscribedAtMs)).toEqual([startMs]);
});
