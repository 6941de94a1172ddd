import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetAccountCommand, SendEmailCommand, SESv2Client, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import ses from 'aws-ses-v2-local';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEmail, type Email } from '../../../local/ses/email.ts';
import { createEmailServer } from '../../../local/ses/server.ts';
import type { BusEvent } from '../../../local/eventbridge/bus.ts';
import { createResolver } from '../../../local/step-functions/intrinsics.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const place = { region: 'eu-west-1', accountId: '000000000000', apiUrl: 'http://127.0.0.1:4000' };
const template = {
  stackName: 't',
  resources: {
    Set: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: 'segue-dev' } },
    To: {
      Type: 'AWS::SES::ConfigurationSetEventDestination',
      Properties: {
        ConfigurationSetName: { Ref: 'Set' },
        EventDestination: {
          Enabled: true,
          EventBridgeDestination: {},
          MatchingEventTypes: ['send', 'delivery', 'open', 'click', 'bounce', 'complaint'],
        },
      },
    },
    Quiet: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: 'quiet' } },
  },
  parameters: {},
  conditions: {},
  mappings: {},
  assetFolders: new Map(),
};
const visitor = { ipAddress: '127.0.0.1', userAgent: 'reader' };

let sesServer: Server;
let folder: string;
let events: BusEvent[];
let email: Email;
let server: Server;
let client: SESv2Client;

const open = () =>
  createEmail({
    resolver: createResolver(template, place),
    place,
    clock: fakeClock(Date.parse('2026-03-01T10:00:00.250Z')),
    bus: { publish: (event) => void events.push(event), close: async () => undefined },
    folder,
    sesUrl: `http://127.0.0.1:${(sesServer.address() as AddressInfo).port}`,
  });
const send = async (change: Partial<SendEmailCommandInput> = {}, to = 'ada@reader.example') => {
  const answer = await client.send(
    new SendEmailCommand({
      FromEmailAddress: '"Lantern" <hello@lantern.example>',
      Destination: { ToAddresses: [to] },
      ConfigurationSetName: 'segue-dev',
      EmailTags: [{ Name: 'step', Value: 'offer' }],
      Content: {
        Simple: {
          Subject: { Data: 'Your cart' },
          Body: { Html: { Data: '<body><a href="https://lantern.example/emma">Emma</a></body>' }, Text: { Data: 'Emma' } },
          Headers: [{ Name: 'List-Unsubscribe', Value: '<http://x>' }],
        },
      },
      ...change,
    }),
  );
  return answer.MessageId!;
};
const types = () => events.map((event) => event.detail.eventType);

beforeAll(async () => void (sesServer = await ses.default({ host: '127.0.0.1', port: 0 })));
afterAll(() => void sesServer.close());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'email-'));
  events = [];
  email = open();
  server = createEmailServer({ send: (request) => email.send(request) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new SESv2Client({ region: 'eu-west-1', endpoint, credentials: { accessKeyId: 'x', secretAccessKey: 'x' }, maxAttempts: 1 });
});
afterEach(() => {
  client.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

describe('a message', () => {
  it('is kept for the inbox, with its links tracked', async () => {
    const messageId = await send();
    expect(email.get(messageId)).toMatchObject({
      to: ['ada@reader.example'],
      subject: 'Your cart',
      text: 'Emma',
      headers: [{ name: 'List-Unsubscribe', value: '<http://x>' }],
      tags: { step: 'offer' },
      outcome: 'delivered',
      links: ['https://lantern.example/emma'],
    });
    expect(email.get(messageId)!.html).toContain(`href="http://127.0.0.1:4000/_ses/click/${messageId}/0"`);
    expect(email.get(messageId)!.html).toContain(`src="http://127.0.0.1:4000/_ses/open/${messageId}"`);
  });

  it('costs the same, however many there were before it', async () => {
    const asked: number[] = [];
    const { fetch } = globalThis;
    globalThis.fetch = async (...given) => {
      const answer = await fetch(...given);
      if (String(given[0]).endsWith('/store')) asked.push((await answer.clone().text()).length);
      return answer;
    };
    const readers = Array.from({ length: 40 }, (_, index) => `r${index + 10}@reader.example`);
    try {
      for (const reader of readers.slice(0, 20)) await send({}, reader);
      await Promise.all(readers.slice(20).map((reader) => send({}, reader)));
    } finally {
      globalThis.fetch = fetch;
    }
    expect(asked).toHaveLength(40);
    expect(new Set(asked).size).toBe(1);
    expect(new Set(email.list().flatMap(({ to }) => to))).toEqual(new Set(readers));
  });

  it('that is refused holds up none after it', async () => {
    const [refused, taken] = await Promise.allSettled([send({ FromEmailAddress: undefined }), send()]);
    expect([refused.status, taken.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('is not touched when its configuration set publishes nothing', async () => {
    const messageId = await send({ ConfigurationSetName: 'quiet' });
    expect(email.get(messageId)!.html).toBe('<body><a href="https://lantern.example/emma">Emma</a></body>');
    expect(events).toEqual([]);
  });

  it('may be raw', async () => {
    const raw = 'From: a@lantern.example\r\nTo: bob@reader.example\r\nSubject: Raw\r\n\r\nHello';
    const messageId = await send({ Content: { Raw: { Data: Buffer.from(raw) } }, Destination: undefined });
    expect(email.get(messageId)).toMatchObject({ to: ['bob@reader.example'], subject: 'Raw', text: expect.stringContaining('Hello') });
  });

  it('is refused with the errors of SES', async () => {
    await expect(send({ ConfigurationSetName: 'nope' })).rejects.toMatchObject({ name: 'NotFoundException' });
    await expect(send({ FromEmailAddress: undefined })).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(email.list()).toEqual([]);
    expect(events).toEqual([]);
  });
});

it('is sent from an account whose rate is known', async () => {
  expect(await client.send(new GetAccountCommand({}))).toMatchObject({ SendingEnabled: true, SendQuota: { MaxSendRate: 14 } });
});

describe('events of a message', () => {
  it('have the shape that EventBridge delivers', async () => {
    const messageId = await send();
    expect(types()).toEqual(['Send', 'Delivery']);
    expect(events[1]).toMatchObject({
      version: '0',
      'detail-type': 'Email Delivered',
      source: 'aws.ses',
      account: '000000000000',
      region: 'eu-west-1',
      time: '2026-03-01T10:00:00Z',
      resources: ['arn:aws:ses:eu-west-1:000000000000:configuration-set/segue-dev'],
      detail: {
        eventType: 'Delivery',
        mail: {
          messageId,
          timestamp: '2026-03-01T10:00:00.250Z',
          destination: ['ada@reader.example'],
          tags: { step: ['offer'], 'ses:configuration-set': ['segue-dev'], 'ses:from-domain': ['lantern.example'] },
          commonHeaders: { subject: 'Your cart' },
        },
        delivery: { timestamp: '2026-03-01T10:00:00.250Z', recipients: ['ada@reader.example'] },
      },
    });
  });

  it('tell of opens and clicks, also after a restart', async () => {
    const messageId = await send();
    events = [];
    email = open();
    expect(email.open(messageId, visitor)).toBe(true);
    expect(email.click(messageId, 0, visitor)).toBe('https://lantern.example/emma');
    expect(events.map((event) => [event['detail-type'], event.detail.open ?? event.detail.click])).toMatchObject([
      ['Email Opened', { ipAddress: '127.0.0.1', userAgent: 'reader', timestamp: '2026-03-01T10:00:00.250Z' }],
      ['Email Clicked', { link: 'https://lantern.example/emma', linkTags: null }],
    ]);
    expect(open().get(messageId)).toMatchObject({ openCount: 1, clicked: ['https://lantern.example/emma'] });
  });

  it('do not come from addresses that are not in the message', async () => {
    const messageId = await send();
    events = [];
    expect(email.open('other', visitor)).toBe(false);
    expect(email.click(messageId, 1, visitor)).toBeUndefined();
    expect(events).toEqual([]);
  });

  it.each([
    ['bounce@simulator.amazonses.com', ['Send', 'Bounce'], { bounce: { bounceType: 'Permanent', bounceSubType: 'General' } }],
    ['bounce+x1@simulator.amazonses.com', ['Send', 'Bounce'], {}],
    ['complaint@simulator.amazonses.com', ['Send', 'Delivery', 'Complaint'], { complaint: { complaintFeedbackType: 'abuse' } }],
    ['suppressionlist@simulator.amazonses.com', ['Send', 'Bounce'], { bounce: { bounceSubType: 'OnAccountSuppressionList' } }],
    ['success@simulator.amazonses.com', ['Send', 'Delivery'], {}],
  ])('follow the mailbox simulator: %s', async (to, expected, detail) => {
    await send({}, to);
    expect(types()).toEqual(expected);
    expect(events.at(-1)!.detail).toMatchObject(detail);
  });

  it('stop mails to an address that bounced or complained, also after a restart', async () => {
    const messageId = await send();
    expect(email.report(messageId, 'complained')).toBe(true);
    expect(types()).toEqual(['Send', 'Delivery', 'Complaint']);
    events = [];
    email = open();
    const second = await send({}, 'ADA@reader.example');
    expect(email.get(second)!.outcome).toBe('suppressed');
    expect(types()).toEqual(['Send', 'Bounce']);
  });
});
