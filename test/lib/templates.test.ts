import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import kinesalite from 'kinesalite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { callTypes, envelope, limits, type CallType } from '../../lambdas/schemas/event.ts';
import { batchTemplate, callTemplate, responseTemplates } from '../../lib/api/mapping.ts';
import { renderTemplate, type GatewayContext } from '../../local/api-gateway/vtl.ts';

const requestId = 'JkcXyHnDIAMFQ8w=';
const gateway = (userAgent = 'Mozilla/5.0'): GatewayContext => ({
  requestTimeEpoch: 1_700_000_000_000,
  extendedRequestId: requestId,
  identity: { sourceIp: '203.0.113.7', userAgent },
  authorizer: { keyId: 'key-1', source: 'web', principalId: 'key-1' },
});
const edge = {
  v: 1,
  receivedAtMs: 1_700_000_000_000,
  keyId: 'key-1',
  source: 'web',
  ip: '203.0.113.7',
  userAgent: 'Mozilla/5.0',
  requestId,
};

interface PutRecords {
  StreamName: string;
  Records: { Data: string; PartitionKey: string }[];
}

const renderCall = (body: unknown, type: CallType = 'track', context = gateway()) =>
  JSON.parse(renderTemplate(callTemplate(type, 'segue-test-events'), JSON.stringify(body), context).body) as PutRecords;
const renderBatch = (body: unknown, context = gateway()) =>
  JSON.parse(renderTemplate(batchTemplate('segue-test-events'), JSON.stringify(body), context).body) as PutRecords;

const decode = ({ Data }: { Data: string }) => JSON.parse(Buffer.from(Data, 'base64').toString('utf8')) as Record<string, unknown>;

const hostile = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '\\"',
    '","source":"server',
    '"}',
    '\n\r\t\0',
    '$',
    '$input.json("$")',
    '${context}',
    '#set($x=1)',
    '#end',
    '##',
    '#*',
    "'",
    '</script>',
    '\u2028',
    '😀',
    '\ud83d',
    '\ude00',
    '__proto__',
    '',
  ),
  fc.string({ unit: 'binary' }),
);
const filledHostile = hostile.filter((text) => text !== '');
const hostileJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    hostile,
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(hostile, tie('value'), { maxKeys: 3 }),
  ),
})).value;
const bag = fc.dictionary(fc.oneof(hostile, fc.constantFrom('__proto__', 'constructor')), hostileJson, { maxKeys: 4 });
const track = fc.record({ userId: filledHostile, event: hostile, properties: bag, context: bag });

/** JSON compares what `toEqual` does not see, such as an own property `__proto__`. */
const sameJson = (actual: unknown, expected: unknown) =>
  expect(JSON.stringify(actual)).toBe(JSON.stringify(JSON.parse(JSON.stringify(expected))));

describe('a single call', () => {
  it.each(callTypes)('%s becomes one record that says its type and what the edge knows', (type) => {
    const event = { userId: 'ada', event: 'add_to_cart', timestamp: '2026-01-02T03:04:05.678Z' };
    const { StreamName, Records } = renderCall(event, type);
    expect(StreamName).toBe('segue-test-events');
    expect(Records.map(({ PartitionKey }) => PartitionKey)).toEqual(['ada']);
    expect(Records.map(decode)).toEqual([{ ...edge, type, index: 0, event }]);
  });

  it('keeps any text in its place', () => {
    fc.assert(
      fc.property(track, hostile, (event, userAgent) => {
        const { Records } = renderCall(event, 'track', gateway(userAgent));
        expect(Records).toHaveLength(1);
        const { event: stored, ...rest } = decode(Records[0]!);
        sameJson(stored, event);
        sameJson(rest, { ...edge, userAgent: userAgent.replaceAll("'", ' '), type: 'track', index: 0 });
        expect(Records[0]!.PartitionKey).toBe(event.userId);
        expect(z.safeParse(envelope, decode(Records[0]!)).success).toBe(true);
      }),
    );
  });

  it('goes by userId, else by anonymousId', () => {
    expect(renderCall({ userId: 'ada', anonymousId: 'anon', event: 'e' }).Records[0]?.PartitionKey).toBe('ada');
    expect(renderCall({ userId: null, anonymousId: 'anon', event: 'e' }).Records[0]?.PartitionKey).toBe('anon');
    expect(renderCall({ anonymousId: 'anon', event: 'e' }).Records[0]?.PartitionKey).toBe('anon');
  });

  it('needs no user agent', () => {
    const context = gateway();
    delete context.identity.userAgent;
    expect(decode(renderCall({ userId: 'ada', event: 'e' }, 'track', context).Records[0]!)).toMatchObject({ userAgent: '' });
  });
});

describe('a batch', () => {
  it('becomes one record for each event, in order, each with its place', () => {
    const batch = [
      { type: 'identify', userId: 'ada', traits: { plan: 'pro' } },
      { type: 'page', anonymousId: 'anon' },
    ];
    const { Records } = renderBatch({ batch, sentAt: '2026-01-02T03:04:05Z' });
    expect(Records.map(({ PartitionKey }) => PartitionKey)).toEqual(['ada', 'anon']);
    expect(Records.map(decode)).toEqual(
      batch.map((event, index) => ({ ...edge, sentAt: '2026-01-02T03:04:05Z', type: event.type, index, event })),
    );
  });

  it('names no time of sending when it has none', () => {
    expect(decode(renderBatch({ batch: [{ type: 'page', userId: 'ada' }] }).Records[0]!)).not.toHaveProperty('sentAt');
  });

  it('keeps any text in its place', () => {
    const call = fc.tuple(track, fc.constantFrom(...callTypes)).map(([event, type]) => ({ ...event, type }));
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), hostile, (batch, userAgent) => {
        const { Records } = renderBatch({ batch }, gateway(userAgent));
        expect(Records).toHaveLength(batch.length);
        Records.forEach((record, index) => {
          const { event, ...rest } = decode(record);
          sameJson(event, batch[index]);
          expect(rest).toEqual({ ...edge, userAgent: userAgent.replaceAll("'", ' '), type: batch[index]!.type, index });
          expect(record.PartitionKey).toBe(batch[index]!.userId);
        });
      }),
    );
  });

  it('keeps an event without ids under the id of the request, and the others under theirs', () => {
    const { Records } = renderBatch({
      batch: [
        { type: 'page', userId: null, anonymousId: null },
        { type: 'page', userId: 'ada' },
      ],
    });
    expect(Records.map(({ PartitionKey }) => PartitionKey)).toEqual([requestId, 'ada']);
  });

  it('takes as many events as the limit', () => {
    const batch = Array.from({ length: limits.eventsPerRequest }, (_, index) => ({ type: 'track', userId: `u${index}`, event: 'e' }));
    expect(renderBatch({ batch }).Records.map(({ PartitionKey }) => PartitionKey)).toEqual(batch.map(({ userId }) => userId));
  });
});

describe('limits', () => {
  /** An event of exactly that many bytes, most of them in characters of more than one. */
  const eventOf = (bytes: number) => {
    const event = { type: 'track', userId: 'ada', event: 'e', properties: { text: '' } };
    const room = bytes - Buffer.byteLength(JSON.stringify(event));
    event.properties.text = 'é'.repeat(Math.floor(room / 2)) + 'x'.repeat(room % 2);
    return event;
  };

  it('let an event of 32 KB through, in bytes and not in characters, and no larger one', () => {
    expect(renderCall(eventOf(limits.eventBytes)).Records).toHaveLength(1);
    expect(renderCall(eventOf(limits.eventBytes + 3)).Records).toEqual([]);
    expect(renderBatch({ batch: [eventOf(limits.eventBytes)] }).Records).toHaveLength(1);
    expect(renderBatch({ batch: [eventOf(200), eventOf(limits.eventBytes + 3)] }).Records).toEqual([]);
  });

  it('let a request of 500 KB through and no larger one', () => {
    const requestOf = (bytes: number) => {
      const batch = Array.from({ length: 16 }, () => eventOf(31_000));
      const room = bytes - Buffer.byteLength(JSON.stringify({ batch })) - 1;
      return { batch: [...batch, eventOf(room)] };
    };
    expect(Buffer.byteLength(JSON.stringify(requestOf(limits.requestBytes)))).toBe(limits.requestBytes);
    expect(renderBatch(requestOf(limits.requestBytes)).Records).toHaveLength(17);
    expect(renderBatch(requestOf(limits.requestBytes + 3)).Records).toEqual([]);
  });
});

describe('answers', () => {
  const { stored, refused, unavailable } = responseTemplates();
  const answer = (template: string, body: unknown) => {
    const { body: text, status } = renderTemplate(template, JSON.stringify(body), gateway());
    return { status, body: JSON.parse(text) as unknown };
  };

  it('are a success only when every record was stored', () => {
    expect(answer(stored, { FailedRecordCount: 0, Records: [] })).toEqual({ status: undefined, body: { success: true } });
    const again = { status: 503, body: { error: expect.stringContaining('send the request again') } };
    expect(answer(stored, { FailedRecordCount: 1, Records: [] })).toEqual(again);
    expect(answer(stored, {})).toEqual(again);
  });

  it.each(['ProvisionedThroughputExceededException', 'KMSThrottlingException', 'ResourceNotFoundException'])(
    'ask to send again after %s',
    (type) => {
      expect(answer(refused, { __type: type, message: 'partitionKey' })).toEqual({
        status: 503,
        body: { error: expect.stringContaining('send the request again') },
      });
    },
  );

  it('ask to send again when Kinesis is out of order', () => {
    expect(JSON.parse(renderTemplate(unavailable, '{}', gateway()).body)).toEqual({
      error: expect.stringContaining('send the request again'),
    });
  });

  describe('to what the templates made invalid, by a Kinesis that checks requests', () => {
    let server: Server;
    beforeAll(async () => {
      server = kinesalite({});
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

    const put = async (request: PutRecords) => {
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-amz-json-1.1',
          'X-Amz-Target': 'Kinesis_20131202.PutRecords',
          'X-Amz-Date': '20260101T000000Z',
          Authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=a',
        },
        body: JSON.stringify(request),
      });
      return { status: response.status, body: await response.json() };
    };

    it('are 413 for what is too large', async () => {
      const refusal = await put(renderCall({ userId: 'ada', event: 'x'.repeat(limits.eventBytes) }));
      expect(refusal.status).toBe(400);
      expect(answer(refused, refusal.body)).toEqual({ status: undefined, body: { error: expect.stringContaining('32 KB') } });
    });

    it('are 400 for a call without ids', async () => {
      const refusal = await put(renderCall({ userId: null, anonymousId: null, event: 'e' }));
      expect(refusal.status).toBe(400);
      expect(answer(refused, refusal.body)).toEqual({ status: 400, body: { error: expect.stringContaining('userId or anonymousId') } });
    });
  });
});
