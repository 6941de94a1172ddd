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
const gateway: GatewayContext = {
  requestTimeEpoch: 1_700_000_000_000,
  extendedRequestId: requestId,
  identity: { sourceIp: '203.0.113.7', userAgent: 'Mozilla/5.0' },
  authorizer: { keyId: 'key-1', source: 'web', principalId: 'key-1' },
};
/** All that a record says of its request: nothing about the client's address or browser. */
const edge = { v: 1, receivedAtMs: 1_700_000_000_000, keyId: 'key-1', source: 'web', requestId };

interface PutRecords {
  StreamName: string;
  Records: { Data: string; PartitionKey: string; ExplicitHashKey?: string }[];
}

/** Under each answer that API Gateway may give where none was recorded; all must come to the same. */
const render = (template: string, body: unknown, source: 'web' | 'server' = 'web'): PutRecords => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const [first, ...others] = (['null', '""'] as const).map(
    (jsonOfNull) => JSON.parse(renderTemplate(template, text, { ...gateway, authorizer: { ...gateway.authorizer, source } }, { jsonOfNull }).body) as PutRecords,
  );
  for (const other of others) expect(keysOf(other)).toEqual(keysOf(first!));
  return first!;
};
const keysOf = ({ Records }: PutRecords) => Records.map(({ PartitionKey }) => PartitionKey);
const renderCall = (body: unknown, type: CallType = 'track') => render(callTemplate(type, 'segue-test-events'), body);
const renderBatch = (body: unknown, source?: 'web' | 'server') => render(batchTemplate('segue-test-events'), body, source);
/** What Kinesis refuses, naming the reason. */
const refusal = (reason: string) => [{ Data: '', PartitionKey: 'refused', ExplicitHashKey: `refused-${reason}` }];
const tooLarge = refusal('size');

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
const filledHostile = hostile.filter((text) => !/^[\p{Z}\t\n\v\f\r]*$/u.test(text));
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
const track = fc.record({ userId: filledHostile, event: filledHostile, properties: bag, context: bag });

/** JSON compares what `toEqual` does not see, such as an own property `__proto__`. */
const sameJson = (actual: unknown, expected: unknown) =>
  expect(JSON.stringify(actual)).toBe(JSON.stringify(JSON.parse(JSON.stringify(expected))));

describe('a single call', () => {
  it.each(callTypes)('[P7] %s becomes one record that says its type and what the edge knows', (type) => {
    const event = { userId: 'ada', event: 'add_to_cart', groupId: 'g', previousId: 'p', timestamp: '2026-01-02T03:04:05.678Z' };
    const { StreamName, Records } = renderCall(event, type);
    expect(StreamName).toBe('segue-test-events');
    expect(Records.map(({ PartitionKey }) => PartitionKey)).toEqual(['ada']);
    expect(Records.map(decode)).toEqual([{ ...edge, type, index: 0, event }]);
  });

  it('keeps any text in its place', () => {
    fc.assert(
      fc.property(track, (event) => {
        const { Records } = renderCall(event);
        expect(Records).toHaveLength(1);
        const { event: stored, ...rest } = decode(Records[0]!);
        sameJson(stored, event);
        sameJson(rest, { ...edge, type: 'track', index: 0 });
        expect(Records[0]!.PartitionKey).toBe(event.userId);
        expect(z.safeParse(envelope, decode(Records[0]!)).success).toBe(true);
      }),
    );
  });

  it('keeps the digits of numbers that JavaScript cannot hold', () => {
    const { Records } = renderCall('{"userId":"ada","event":"e","properties":{"id":175928847299117063}}');
    expect(Buffer.from(Records[0]!.Data, 'base64').toString()).toContain('"id":175928847299117063');
  });

  it.each<[CallType, string]>([
    ['track', 'event'],
    ['group', 'groupId'],
    ['alias', 'previousId'],
  ])('%s cannot be meant without %s', (type, field) => {
    for (const value of [undefined, null, '', '  ', {}, [], true]) expect(renderCall({ userId: 'ada', [field]: value }, type).Records).toEqual(refusal(field));
    for (const value of ['x', 7]) expect(keysOf(renderCall({ userId: 'ada', [field]: value }, type))).toEqual(['ada']);
  });

  it.each(['', 'no JSON', '[]', 'null', '"text"', '7'])('is refused when it is %j', (body) => {
    expect(renderCall(body, 'identify').Records).toEqual(refusal('id'));
  });
});

describe('the partition key', () => {
  const long = 'x'.repeat(limits.idLength);
  const missing = Symbol('missing');
  const nobody = [missing, null, '', ' \t\n ', '\u00a0', `${long}x`, true, [], ['ada'], {}, { id: 'ada' }];
  const of = (userId: unknown, anonymousId: unknown) => ({
    event: 'e',
    ...(userId !== missing && { userId }),
    ...(anonymousId !== missing && { anonymousId }),
  });

  it.each<[unknown, string]>([
    ['ada', 'ada'],
    [long, long],
    ['\u00e9"\\'.repeat(85), '\u00e9"\\'.repeat(85)],
    [12345, '12345'],
    [0, '0'],
    [-1.5, '-1.5'],
  ])('is the userId %j', (userId, key) => {
    for (const anonymousId of ['anon', ...nobody]) {
      expect(keysOf(renderCall(of(userId, anonymousId)))).toEqual([key]);
      expect(keysOf(renderBatch({ batch: [of(userId, anonymousId)] }))).toEqual([key]);
    }
  });

  it('is the anonymousId of everybody whose userId is missing, null, blank or no id', () => {
    for (const userId of nobody) {
      expect(keysOf(renderCall(of(userId, 'anon')))).toEqual(['anon']);
      expect(keysOf(renderBatch({ batch: [of(userId, 'anon'), of('ada', 'anon'), of(userId, 7)] }))).toEqual(['anon', 'ada', '7']);
    }
  });

  it('is refused for a call without an id, and the id of the request for such an event of a batch', () => {
    for (const userId of nobody) {
      for (const anonymousId of nobody) {
        expect(renderCall(of(userId, anonymousId)).Records).toEqual(refusal('id'));
        expect(keysOf(renderBatch({ batch: [of('ada', missing), of(userId, anonymousId)] }))).toEqual(['ada', requestId]);
      }
    }
  });

  it('is one that Kinesis takes, whatever the events of a batch are', () => {
    const anyEvent = fc.dictionary(fc.oneof(fc.constantFrom('userId', 'anonymousId', 'type', 'event'), hostile), hostileJson, { maxKeys: 6 });
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 4 }), hostileJson, (batch, sentAt) => {
        const { Records } = renderBatch({ batch, sentAt });
        expect(Records).toHaveLength(batch.length);
        Records.forEach((record, index) => {
          expect(record.PartitionKey).toMatch(/^.{1,256}$/su);
          sameJson(decode(record).event, batch[index]);
        });
      }),
    );
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

  it.each([undefined, null, '', 7, {}, 'x'.repeat(100)])('names no time of sending when it is %j', (sentAt) => {
    expect(decode(renderBatch({ batch: [{ type: 'page', userId: 'ada' }], sentAt }).Records[0]!)).not.toHaveProperty('sentAt');
  });

  it('keeps any text in its place', () => {
    const call = fc.tuple(track, fc.constantFrom(...callTypes)).map(([event, type]) => ({ ...event, type }));
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), (batch) => {
        const { Records } = renderBatch({ batch });
        expect(Records).toHaveLength(batch.length);
        Records.forEach((record, index) => {
          const { event, ...rest } = decode(record);
          sameJson(event, batch[index]);
          expect(rest).toEqual({ ...edge, type: batch[index]!.type, index });
          expect(record.PartitionKey).toBe(batch[index]!.userId);
        });
      }),
    );
  });

  it('takes as many events as the limit', () => {
    const batch = Array.from({ length: limits.eventsPerRequest }, (_, index) => ({ type: 'track', userId: `u${index}`, event: 'e' }));
    expect(renderBatch({ batch }, 'server').Records.map(({ PartitionKey }) => PartitionKey)).toEqual(batch.map(({ userId }) => userId));
    expect(renderBatch({ batch: [...batch, batch[0]] }, 'server').Records).toEqual(tooLarge);
  });

  it.each(['', 'no JSON', '[]', '{}', '{"batch":{}}', '{"batch":null}', '{"batch":"["}', '{"batch":[]}'])('is refused when it is %j', (body) => {
    expect(renderBatch(body).Records).toEqual(refusal('batch'));
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
    expect(renderCall(eventOf(limits.eventBytes + 3)).Records).toEqual(tooLarge);
  });

  it('let a request of 500 KB through and no larger one', () => {
    const requestOf = (bytes: number) => {
      const batch = Array.from({ length: 16 }, () => eventOf(31_000));
      const room = bytes - Buffer.byteLength(JSON.stringify({ batch })) - 1;
      return { batch: [...batch, eventOf(room)] };
    };
    expect(Buffer.byteLength(JSON.stringify(requestOf(limits.requestBytes)))).toBe(limits.requestBytes);
    expect(renderBatch(requestOf(limits.requestBytes), 'server').Records).toHaveLength(17);
    expect(renderBatch(requestOf(limits.requestBytes + 3), 'server').Records).toEqual(tooLarge);
  });

  it('let a large event of a batch through, which the consumer puts aside, so that the others count', () => {
    expect(keysOf(renderBatch({ batch: [eventOf(200), eventOf(limits.eventBytes * 2), eventOf(200)] }, 'server'))).toEqual(['ada', 'ada', 'ada']);
  });
});

describe('answers', () => {
  const { stored, refused, unavailable } = responseTemplates();
  const answer = (template: string, body: unknown) => {
    const { body: text, status } = renderTemplate(template, JSON.stringify(body), gateway);
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
    expect(JSON.parse(renderTemplate(unavailable, '{}', gateway).body)).toEqual({
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

    const tracked = { userId: 'ada', event: 'e' };
    const batch = Array.from({ length: limits.eventsPerRequest + 1 }, () => tracked);
    it.each<[string, number | undefined, string, PutRecords]>([
      ['a large event', undefined, '32 KB', renderCall({ ...tracked, text: 'x'.repeat(limits.eventBytes) })],
      ['501 events', undefined, '500 events', renderBatch({ batch })],
      ['a call without ids', 400, 'userId or anonymousId', renderCall({ ...tracked, userId: null })],
      ['no name of the event', 400, 'event is missing', renderCall({ userId: 'ada' })],
      ['no group', 400, 'groupId is missing', renderCall(tracked, 'group')],
      ['no former id', 400, 'previousId is missing', renderCall(tracked, 'alias')],
      ['a batch without events', 400, 'batch is empty', renderBatch({ batch: [] })],
    ])('name the reason: %s', async (_name, status, error, request) => {
      const { status: kinesisStatus, body } = await put(request);
      expect(kinesisStatus).toBe(400);
      expect(answer(refused, body)).toEqual({ status, body: { error: expect.stringMatching(new RegExp(`^[^\\n]*${error}[^\\n]*$`)) } });
    });
  });

  it('are 400 when Kinesis refuses something else, which a repetition would not help', () => {
    const message = "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1";
    expect(answer(refused, { __type: 'ValidationException', message })).toEqual({ status: 400, body: { error: expect.stringContaining('could not be stored') } });
  });
});
