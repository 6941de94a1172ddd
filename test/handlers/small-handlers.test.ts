import { createHash } from 'node:crypto';
import type { APIGatewayRequestAuthorizerEvent, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { createHandler as createAuthorizer } from '../../lambdas/authorize-key/handler.ts';
import { createHandler as createFeedback } from '../../lambdas/record-feedback/handler.ts';
import { isActivity } from '../../lambdas/domain/events/event.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { envelopeFrom, eventFrom, startMs } from '../support/events.ts';
import { FakeStream, MemorySends, recordingLogger } from '../support/fakes.ts';

describe('authorize-key', () => {
  const hash = createHash('sha256').update('wk_secret').digest('hex');
  const sharedKeys = { web: 'shared-web', server: 'shared-server' };
  const handle = createAuthorizer({ sharedKeys, control: { writeKey: async (keyHash) => (keyHash === hash ? { keyId: 'k1', source: 'server' } : undefined) } });
  const ask = (authorizationToken?: string) =>
    handle({ type: 'TOKEN', methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/dev/POST/v1/track', authorizationToken } as APIGatewayTokenAuthorizerEvent);
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  test('lets a known key use all routes of the stage, since the answer is cached', async () => {
    expect(await ask(basic('wk_secret:'))).toMatchObject({
      context: { keyId: 'k1', source: 'server' },
      policyDocument: { Statement: [{ Effect: 'Allow', Resource: 'arn:aws:execute-api:eu-west-1:1:abc/dev/*' }] },
    });
  });

  test('names the API key for which a request counts, and that of its source for keys from before there were any', async () => {
    const own = createAuthorizer({ sharedKeys, control: { writeKey: async () => ({ keyId: 'k1', source: 'web', usageKey: 'own' }) } });
    const event = { type: 'TOKEN', methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/dev/POST/v1/track', authorizationToken: basic('wk:') } as APIGatewayTokenAuthorizerEvent;
    expect((await own(event)).usageIdentifierKey).toBe('own');
    expect((await ask(basic('wk_secret:'))).usageIdentifierKey).toBe('shared-server');
    expect((await ask(basic('wk_other:'))).usageIdentifierKey).toBeUndefined();
  });

  test('denies an unknown key', async () => {
    expect(await ask(basic('wk_other:'))).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Deny' }] } });
  });

  test('takes the scheme in any case', async () => {
    for (const scheme of ['basic', 'BASIC']) expect(await ask(basic('wk_secret:').replace('Basic', scheme))).toMatchObject({ context: { keyId: 'k1' } });
  });

  test('takes a web key from the address of a beacon, and no secret key', async () => {
    const beacon = createAuthorizer({
      sharedKeys,
      control: { writeKey: async (keyHash) => (keyHash === hash ? { keyId: 'k1', source: 'server' } : { keyId: 'k2', source: 'web' }) },
    });
    const askWith = (queryStringParameters: object | null) =>
      beacon({ type: 'REQUEST', methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/dev/POST/beacon/v1/track', queryStringParameters } as APIGatewayRequestAuthorizerEvent);
    expect(await askWith({ writeKey: 'wk_web' })).toMatchObject({ context: { keyId: 'k2', source: 'web' }, policyDocument: { Statement: [{ Effect: 'Allow' }] } });
    const secret = await askWith({ writeKey: 'wk_secret' });
    expect(secret.policyDocument.Statement).toMatchObject([{ Effect: 'Deny' }]);
    expect(secret.context).toBeUndefined();
    for (const query of [null, {}, { writeKey: '' }]) await expect(askWith(query)).rejects.toThrow(/^Unauthorized$/);
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
    const optOuts: [string, string, number][] = [];
    const { logger, lines } = recordingLogger();
    sends.records.set('s1', { sendId: 's1', userKey: 'u#ana', campaign: 'abandoned_cart', step: 'offer', executionName: 'e1', claimedAtMs: startMs });
    const control = {
      suppress: async (address: string, reason: string) => void suppressed.push([address, reason]),
      optOut: async (userKey: string, topic: string, atMs: number) => void optOuts.push([userKey, topic, atMs]),
    };
    const handle = createFeedback({ sends, stream, logger, control, now: () => startMs + 9000 });
    const told = () => stream.records.map(({ envelope }) => eventFrom(envelopeFrom(JSON.stringify(envelope)), config));
    return { sends, stream, suppressed, optOuts, lines, told, handle };
  }
  const timestamp = new Date(startMs + 5000).toISOString();
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const click = { timestamp, link: 'https://lanternbooks.example/b1', userAgent };
  const event = (eventType: string, detail: object = {}, tags: object = { 'send-id': ['s1'] }) => ({
    source: 'aws.ses',
    detail: { eventType, mail: { messageId: 'ses-1', timestamp: new Date(startMs).toISOString(), destination: ['ana@reader.example'], tags }, ...detail },
  });

  test('puts a click into the stream as an event of the person, and notes it on the send', async () => {
    const { handle, stream, sends } = world();
    await handle(event('Click', { click }));
    const domain = eventFrom(envelopeFrom(JSON.stringify(stream.records[0]?.envelope)), config);
    expect(domain).toMatchObject({ name: 'email_clicked', userKey: 'u#ana', atMs: startMs + 5000, source: 'email', properties: { campaign: 'abandoned_cart', step: 'offer', link: 'https://lanternbooks.example/b1' } });
    expect(sends.records.get('s1')).toMatchObject({ clickedAtMs: startMs + 5000, messageId: 'ses-1' });
  });

  test('gives a duplicate the same message id, so that it counts once', async () => {
    const { handle, stream } = world();
    await handle(event('Open', { open: { timestamp, userAgent } }));
    await handle(event('Open', { open: { timestamp, userAgent } }));
    expect(new Set(stream.records.map(({ envelope }) => envelope.event.messageId)).size).toBe(1);
  });

  test('tells two links that are followed at one instant apart', async () => {
    const { handle, told } = world();
    await handle(event('Click', { click }));
    await handle(event('Click', { click: { ...click, link: 'https://lanternbooks.example/b2' } }));
    expect(new Set(told().map(({ messageHash }) => messageHash)).size).toBe(2);
  });

  test('stores what a machine does under a name of its own, as no sign of life', async () => {
    const { handle, told, sends, lines } = world();
    await handle(event('Open', { open: { timestamp, userAgent: 'Mozilla/5.0' } }));
    await handle(event('Click', { click: { ...click, userAgent: 'curl/8.7.1' } }));
    expect(told().map(({ name, properties }) => [name, properties.why])).toEqual([
      ['email_opened_automatically', 'apple-mail-privacy'],
      ['email_clicked_automatically', 'bot'],
    ]);
    expect(told().map(({ name }) => isActivity(name))).toEqual([false, false]);
    expect(sends.records.get('s1')).toMatchObject({ autoOpenedAtMs: startMs + 5000, autoClickedAtMs: startMs + 5000 });
    expect(sends.records.get('s1')?.clickedAtMs).toBeUndefined();
    expect(lines.at(-1)).toMatchObject({ message: 'feedback', automatic: 'bot' });
  });

  test('never turns what was told of a click into something else, but puts the record right', async () => {
    const { handle, told, sends } = world();
    await handle(event('Click', { click }));
    await handle(event('Click', { click: { ...click, link: 'https://lanternbooks.example/b2' } }));
    await handle(event('Click', { click }));
    expect(told().map(({ name }) => name)).toEqual(['email_clicked', 'email_clicked_automatically', 'email_clicked_automatically']);
    expect(told()[2]?.messageHash).toBe(told()[0]?.messageHash);
    expect(sends.records.get('s1')?.clickedAtMs).toBeUndefined();
  });

  test.each([
    [{ unsubscribeAll: true, topicSubscriptionStatus: [{ topicName: 'offers', subscriptionStatus: 'OptIn' }] }, ['*']],
    [{ unsubscribeAll: false, topicSubscriptionStatus: [{ topicName: 'offers', subscriptionStatus: 'OptOut' }, { topicName: 'news', subscriptionStatus: 'OptIn' }] }, ['offers']],
    [{ unsubscribeAll: false, topicSubscriptionStatus: [{ topicName: 'news', subscriptionStatus: 'OptIn' }] }, []],
    [undefined, ['*']],
  ])("takes the person out of what they left in SES's own list, at once: %j", async (newTopicPreferences, topics) => {
    const { handle, optOuts, told } = world();
    await handle(event('Subscription', { subscription: { timestamp, ...(newTopicPreferences && { newTopicPreferences }) } }));
    expect(optOuts).toEqual(topics.map((topic) => ['u#ana', topic, startMs + 5000]));
    expect(told().map(({ name, properties }) => [name, properties.topic])).toEqual(topics.map((topic) => ['email_unsubscribed', topic]));
  });

  test('suppresses the address after a permanent bounce or a complaint, and only then', async () => {
    const { handle, suppressed } = world();
    await handle(event('Bounce', { bounce: { timestamp, bounceType: 'Transient' } }));
    await handle(event('Bounce', { bounce: { timestamp, bounceType: 'Undetermined' } }));
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
