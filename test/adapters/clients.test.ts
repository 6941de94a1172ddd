import { SFNClient } from '@aws-sdk/client-sfn';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { describe, expect, test } from 'vitest';
import { createMailer, type Mail } from '../../lambdas/adapters/mail/mailer.ts';
import { createTransitionBus } from '../../lambdas/adapters/transition-bus.ts';
import { createStream } from '../../lambdas/adapters/stream.ts';
import { createWorkflows } from '../../lambdas/adapters/workflows.ts';
import type { RecordTransition } from '../../lambdas/domain/profile/effects.ts';
import { NotSent, SenderNotVerified, SendingPaused, SendQuotaReached, SendRejected, SendThrottled } from '../../lambdas/domain/errors.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { envelopeOf } from '../support/events.ts';

type Answer = object | Error;

/** A real client whose wire is cut off: every command is noted and answered from the list. */
function cut<Client extends { middlewareStack: { add(...args: never[]): void } }>(client: Client, answers: Answer[]): { client: Client; sent: Record<string, any>[] } {
  const sent: Record<string, any>[] = [];
  const middleware = () => async (args: { input: Record<string, unknown> }) => {
    sent.push(args.input);
    const answer = answers.shift() ?? {};
    if (answer instanceof Error) throw answer;
    return { output: { $metadata: {}, ...answer }, response: {} };
  };
  (client.middlewareStack.add as unknown as (m: typeof middleware, options: object) => void)(middleware, { step: 'initialize' });
  return { client, sent };
}

const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
const named = (name: string, more: object = {}) => Object.assign(new Error(`${name} said no`), { name, ...more });

describe('the mailer', () => {
  const mail: Mail = { to: 'ana@reader.example', from: { name: 'Büro "Nord"', address: 'hello@shop.example' }, subject: 'S', html: '<p>', text: 'p', headers: { 'List-Unsubscribe': '<https://x>' }, tags: { 'send-id': 's1' } };

  test('sends both parts, the headers and the tags under the configuration set', async () => {
    const { client, sent } = cut(new SESv2Client(settings), [{ MessageId: 'm1' }]);
    expect(await createMailer(client, 'segue-dev').send(mail)).toEqual({ messageId: 'm1' });
    expect(sent[0]).toMatchObject({
      FromEmailAddress: `=?UTF-8?B?${Buffer.from('Büro "Nord"').toString('base64')}?= <hello@shop.example>`,
      Destination: { ToAddresses: ['ana@reader.example'] },
      ConfigurationSetName: 'segue-dev',
      EmailTags: [{ Name: 'send-id', Value: 's1' }],
      Content: { Simple: { Headers: [{ Name: 'List-Unsubscribe', Value: '<https://x>' }] } },
    });
  });

  test.each([
    ['TooManyRequestsException', { message: 'Maximum sending rate exceeded.' }, SendThrottled],
    ['LimitExceededException', {}, SendThrottled],
    ['Error', { code: 'ECONNREFUSED' }, SendThrottled],
    ['TooManyRequestsException', { message: 'Daily message quota exceeded.' }, SendQuotaReached],
    ['ThrottlingException', { message: 'Daily sending quota exceeded' }, SendQuotaReached],
    ['LimitExceededException', { message: 'Daily message quota exceeded.' }, SendQuotaReached],
    ['AccountSuspendedException', {}, SendingPaused],
    ['SendingPausedException', {}, SendingPaused],
    ['MailFromDomainNotVerifiedException', {}, SenderNotVerified],
    ['MessageRejected', { message: 'Email address is not verified. The following identities failed the check in region EU-WEST-1: x' }, SenderNotVerified],
    ['MessageRejected', { message: 'Illegal content' }, SendRejected],
    ['BadRequestException', {}, SendRejected],
  ])('knows that %s %j means unsent, and why', async (name, more, expected) => {
    const { client } = cut(new SESv2Client(settings), [named(name, more)]);
    const error = await createMailer(client, 'c').send(mail).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotSent);
    expect((error as Error).name).toBe(expected.name);
  });

  test('repeats no address that SES names', async () => {
    const said = 'Email address is not verified. The following identities failed the check in region EU-WEST-1: Ana <ana.b+1@reader.example>, hello@shop.example';
    const { client } = cut(new SESv2Client(settings), [named('MessageRejected', { message: said })]);
    const error = await createMailer(client, 'c').send(mail).catch((thrown: Error) => thrown);
    expect((error as Error).message).toBe('MessageRejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: Ana <(address)>, (address)');
  });

  test.each([['TimeoutError', {}], ['InternalServiceErrorException', {}], ['Error', { code: 'ECONNRESET' }]])('does not claim to know what %s %j means', async (name, more) => {
    const failure = named(name, more);
    const { client } = cut(new SESv2Client(settings), [failure]);
    await expect(createMailer(client, 'c').send(mail)).rejects.toBe(failure);
  });
});

describe('workflows', () => {
  const prefix = 'arn:aws:states:eu-west-1:1:stateMachine:segue-dev-';
  const start = { kind: 'start', campaign: 'abandoned_cart', key: '-', entryAtMs: 5, executionName: 'e1', thresholdsVersion: 2 } as const;
  const stop = { kind: 'stop', campaign: 'abandoned_cart', executionName: 'e1', cause: 'purchase' } as const;

  test('start by name with ids only, and stop by the ARN that follows from it', async () => {
    const { client, sent } = cut(new SFNClient(settings), []);
    const workflows = createWorkflows(client, prefix, config.campaigns);
    await workflows.start('u#ana', start);
    await workflows.stop(stop);
    await workflows.stop(stop, 'PersonErased');
    expect(sent).toEqual([
      { stateMachineArn: `${prefix}abandoned-cart`, name: 'e1', input: JSON.stringify({ campaign: 'abandoned_cart', key: '-', entryAtMs: 5, thresholdsVersion: 2, userKey: 'u#ana', executionName: 'e1' }) },
      { executionArn: 'arn:aws:states:eu-west-1:1:execution:segue-dev-abandoned-cart:e1', error: 'Exited', cause: 'purchase' },
      { executionArn: 'arn:aws:states:eu-west-1:1:execution:segue-dev-abandoned-cart:e1', error: 'PersonErased', cause: 'purchase' },
    ]);
  });

  test('take what is done already for success, and nothing else', async () => {
    const { client } = cut(new SFNClient(settings), [named('ExecutionAlreadyExists'), named('ExecutionDoesNotExist'), named('ThrottlingException')]);
    const workflows = createWorkflows(client, prefix, config.campaigns);
    await workflows.start('u#ana', start);
    await workflows.stop(stop);
    await expect(workflows.start('u#ana', start)).rejects.toThrow('ThrottlingException');
  });
});

describe('a task that waits', () => {
  const resume = (answer: Answer) => {
    const { client, sent } = cut(new SFNClient(settings), [answer]);
    return { sent, done: createWorkflows(client, '', {}).resume('t1', { happenedAtMs: 5 }) };
  };

  test('goes on with the time of the event', async () => {
    const { sent, done } = resume({});
    await done;
    expect(sent).toEqual([{ taskToken: 't1', output: '{"happenedAtMs":5}' }]);
  });

  test.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])('may be over: %s', (name) => expect(resume(named(name)).done).resolves.toBeUndefined());

  test('is tried again when Step Functions is out of reach', () => expect(resume(named('ThrottlingException')).done).rejects.toThrow('ThrottlingException'));
});

describe('the transition bus', () => {
  const change: RecordTransition = { kind: 'transition', from: 'everyone_else', to: 'recent_buyers', atMs: 5000, cause: 'event', event: 'purchase', rulesVersion: 'r', thresholdsVersion: 0, scores: { engagement: 10 }, events: [] };

  test('tells of a change under a name of its own', async () => {
    const { client, sent } = cut(new EventBridgeClient(settings), [{ Entries: [{ EventId: 'e' }] }]);
    await createTransitionBus(client, 'default').publish('u#ana', change);
    const [entry] = sent[0]?.Entries ?? [];
    expect(entry).toMatchObject({ EventBusName: 'default', Source: 'segue', DetailType: 'Segment Changed', Time: new Date(5000) });
    expect(JSON.parse(entry.Detail)).toMatchObject({ id: 'u#ana#5000#recent_buyers', userKey: 'u#ana', from: 'everyone_else', to: 'recent_buyers', cause: 'event' });
  });

  test('fails when EventBridge refuses, so that it is told again', async () => {
    const { client } = cut(new EventBridgeClient(settings), [{ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }] }]);
    await expect(createTransitionBus(client, 'default').publish('u#ana', change)).rejects.toThrow('ThrottlingException slow down');
  });
});

describe('the stream', () => {
  const event = (partitionKey: string) => ({ partitionKey, envelope: envelopeOf({ userId: partitionKey, event: 'x' }) });
  const kinesis = (answers: Answer[]) => cut(new KinesisClient(settings), answers);
  const noPause = async () => {};

  test('sends again only what was refused', async () => {
    const { client, sent } = kinesis([{ FailedRecordCount: 1, Records: [{}, { ErrorCode: 'ProvisionedThroughputExceededException' }, {}] }, { Records: [{}] }]);
    await createStream(client, 's', noPause).put([event('a'), event('b'), event('c')]);
    expect(sent.map(({ Records }) => Records.map((record: { PartitionKey: string }) => record.PartitionKey))).toEqual([['a', 'b', 'c'], ['b']]);
  });

  test('puts at most 500 records into one call, and says so when Kinesis keeps refusing', async () => {
    const { client, sent } = kinesis([]);
    await createStream(client, 's', noPause).put(Array.from({ length: 501 }, () => event('a')));
    expect(sent.map(({ Records }) => Records.length)).toEqual([500, 1]);
    const refusing = kinesis(Array.from({ length: 6 }, () => ({ Records: [{ ErrorCode: 'InternalFailure' }] })));
    await expect(createStream(refusing.client, 's', noPause).put([event('a')])).rejects.toThrow('Kinesis refused 1 records 6 times');
  });
});
