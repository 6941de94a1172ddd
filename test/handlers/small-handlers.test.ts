import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { createHandler as createAuthorizer } from '../../lambdas/authorize-key/handler.ts';
import { createHandler as createRecalibrate } from '../../lambdas/recalibrate/handler.ts';
import { createHandler as createFeedback } from '../../lambdas/record-feedback/handler.ts';
import { createHandler as createUnsubscribe } from '../../lambdas/unsubscribe/handler.ts';
import { emptyProfile } from '../../lambdas/domain/profile.ts';
import { parseRecord, toDomainEvent } from '../../lambdas/domain/events.ts';
import type { ThresholdsRecord } from '../../lambdas/domain/thresholds.ts';
import { signLink } from '../../lambdas/domain/tokens.ts';
import config from '../../segue.config.ts';
import { bookstorePlan, startMs } from '../support/events.ts';
import { FakeStream, MemoryProfiles, MemorySends, recordingLogger } from '../support/fakes.ts';

describe('authorize-key', () => {
  const hash = createHash('sha256').update('wk_secret').digest('hex');
  const handle = createAuthorizer({ control: { writeKey: async (keyHash) => (keyHash === hash ? { keyId: 'k1', source: 'server' } : undefined) } });
  const ask = (authorizationToken?: string) =>
    handle({ type: 'TOKEN', methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/dev/POST/v1/track', authorizationToken } as APIGatewayTokenAuthorizerEvent);
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  test('lets a known key use all routes of the stage, since the answer is cached', async () => {
    expect(await ask(basic('wk_secret:'))).toMatchObject({
      context: { keyId: 'k1', source: 'server' },
      policyDocument: { Statement: [{ Effect: 'Allow', Resource: 'arn:aws:execute-api:eu-west-1:1:abc/dev/*' }] },
    });
  });

  test('denies an unknown key', async () => {
    expect(await ask(basic('wk_other:'))).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Deny' }] } });
  });

  test.each([undefined, 'Bearer abc', 'Basic ???', basic(':')])('asks for a key when there is none: %s', async (header) => {
    await expect(ask(header)).rejects.toThrow(/^Unauthorized$/);
  });
});

describe('record-feedback', () => {
  function world() {
    const sends = new MemorySends();
    const stream = new FakeStream();
    const suppressed: [string, string][] = [];
    const { logger } = recordingLogger();
    sends.records.set('s1', { sendId: 's1', userKey: 'u#ana', campaign: 'abandoned_cart', step: 'offer', executionName: 'e1', claimedAtMs: startMs });
    const handle = createFeedback({ sends, stream, logger, control: { suppress: async (address, reason) => void suppressed.push([address, reason]) }, now: () => startMs + 9000 });
    return { sends, stream, suppressed, handle };
  }
  const timestamp = new Date(startMs + 5000).toISOString();
  const event = (eventType: string, detail: object = {}, tags: object = { 'send-id': ['s1'] }) => ({
    source: 'aws.ses',
    detail: { eventType, mail: { messageId: 'ses-1', timestamp: new Date(startMs).toISOString(), destination: ['ana@reader.example'], tags }, ...detail },
  });

  test('puts a click into the stream as an event of the person, and notes it on the send', async () => {
    const { handle, stream, sends } = world();
    await handle(event('Click', { click: { timestamp, link: 'https://lanternbooks.example/b1' } }));
    const domain = toDomainEvent(parseRecord(JSON.stringify(stream.records[0]?.envelope)), config);
    expect(domain).toMatchObject({ name: 'email_clicked', userKey: 'u#ana', atMs: startMs + 5000, source: 'email', properties: { campaign: 'abandoned_cart', step: 'offer', link: 'https://lanternbooks.example/b1' } });
    expect(sends.records.get('s1')).toMatchObject({ clickedAtMs: startMs + 5000, messageId: 'ses-1' });
  });

  test('gives a duplicate the same message id, so that it counts once', async () => {
    const { handle, stream } = world();
    await handle(event('Open', { open: { timestamp } }));
    await handle(event('Open', { open: { timestamp } }));
    expect(new Set(stream.records.map(({ envelope }) => envelope.event.messageId)).size).toBe(1);
  });

  test('suppresses the address after a permanent bounce or a complaint, and only then', async () => {
    const { handle, suppressed } = world();
    await handle(event('Bounce', { bounce: { timestamp, bounceType: 'Transient' } }));
    expect(suppressed).toEqual([]);
    await handle(event('Bounce', { bounce: { timestamp, bounceType: 'Permanent' } }));
    await handle(event('Complaint', { complaint: { timestamp } }));
    expect(suppressed).toEqual([['ana@reader.example', 'bounce'], ['ana@reader.example', 'complaint']]);
  });

  test('confirms a claim whose answer was lost, when the event comes', async () => {
    const { handle, sends } = world();
    await handle(event('Send'));
    expect(sends.records.get('s1')).toMatchObject({ sentAtMs: startMs, messageId: 'ses-1' });
  });

  test('ignores mail that Segue did not send, and refuses what is no SES event', async () => {
    const { handle, stream } = world();
    await handle(event('Delivery', { delivery: { timestamp } }, {}));
    expect(stream.records).toEqual([]);
    await expect(handle({ source: 'aws.ses', detail: { eventType: 'Teleport' } })).rejects.toThrow();
  });
});

describe('unsubscribe', () => {
  const key = { keyId: '0000000a', secret: 'test secret' };
  function world() {
    const stream = new FakeStream();
    const optOuts: string[] = [];
    const handle = createUnsubscribe({
      config,
      stream,
      logger: recordingLogger().logger,
      control: { signingKeyById: async (keyId) => (keyId === key.keyId ? key : undefined), optOut: async (userKey, topic) => void optOuts.push(`${userKey}#${topic}`) },
      now: () => startMs,
    });
    const call = (httpMethod: string, token: string, body: string | null = null) => handle({ httpMethod, body, isBase64Encoded: false, pathParameters: { token } } as unknown as APIGatewayProxyEvent);
    return { stream, optOuts, call };
  }
  const token = signLink({ userKey: 'u#ana', topic: 'offers' }, key);

  test('does nothing for GET, which scanners send, but shows the page', async () => {
    const { call, optOuts } = world();
    const answer = await call('GET', token);
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('<form method="post">');
    expect(optOuts).toEqual([]);
  });

  test('takes the person out at once, by the one click of a mail client', async () => {
    const { call, optOuts, stream } = world();
    expect((await call('POST', token, 'List-Unsubscribe=One-Click')).statusCode).toBe(200);
    expect(optOuts).toEqual(['u#ana#offers']);
    const event = toDomainEvent(parseRecord(JSON.stringify(stream.records[0]?.envelope)), config);
    expect(event).toMatchObject({ name: 'email_unsubscribed', userKey: 'u#ana', properties: { topic: 'offers' } });
  });

  test('takes the person out of everything when they ask for that', async () => {
    const { call, optOuts } = world();
    await call('POST', token, 'scope=all');
    expect(optOuts).toEqual(['u#ana#*']);
  });

  test.each(['', 'nonsense', token.slice(0, -2), token.replace('0000000a', '0000000b'), `${token.split('.').slice(0, 1)}.${Buffer.from('["u#ben","offers"]').toString('base64url')}.${token.split('.')[2]}`])(
    'refuses a token that was not signed like that: %s',
    async (forged) => {
      const { call, optOuts } = world();
      expect((await call('POST', forged)).statusCode).toBe(400);
      expect(optOuts).toEqual([]);
    },
  );
});

describe('recalibrate', () => {
  test('makes one version a month out of the scores as they are now', async () => {
    const profiles = new MemoryProfiles();
    for (let index = 0; index < 300; index += 1) {
      await profiles.saveProfile({ ...emptyProfile(`u#${index}`), scores: { engagement: { value: index + 1, atMs: startMs } } });
    }
    const versions: ThresholdsRecord[] = [];
    const clock = { nowMs: startMs };
    const handle = createRecalibrate({
      plan: bookstorePlan,
      profiles,
      control: { thresholds: async () => versions.at(-1), publishThresholds: async (record) => versions.push(record) > 0 },
      logger: recordingLogger().logger,
      now: () => clock.nowMs,
    });
    expect(await handle()).toEqual({ version: 1, made: true });
    expect(await handle()).toEqual({ version: 1, made: false });
    // The top tenth of 1..300 begins at 270.1; one step from 50 ends at 60.
    expect(versions[0]?.values).toEqual({ engaged: { enter: 60, exit: 48 } });
    clock.nowMs = Date.parse('2026-04-01T03:00:00Z');
    expect(await handle()).toEqual({ version: 2, made: true });
    expect(versions[1]?.values.engaged?.enter).toBeCloseTo(72, 9);
  });
});
