import { createHmac } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import type { Mail } from '../../lambdas/adapters/mail/mailer.ts';
import { notifyReaders } from '../../lambdas/build-report/notify-readers.ts';
import { SendRejected, SendThrottled } from '../../lambdas/domain/errors.ts';
import { readReportLink, signReportLink } from '../../lambdas/domain/links/report-link.ts';
import { signLink, type SigningKey } from '../../lambdas/domain/links/tokens.ts';
import { createHandler as createOpening } from '../../lambdas/open-report/handler.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { dayMs, startMs } from '../support/events.ts';
import { recordingLogger } from '../support/fakes.ts';

const key: SigningKey = { keyId: '0badcafe', secret: 'secret of a test' };

describe('the link to a report', () => {
  const open = async (token: string, nowMs = startMs, headers = {}) => {
    const handle = createOpening({
      config,
      signingKeys: { signingKeyById: async (keyId) => (keyId === key.keyId ? key : undefined) },
      reports: { html: async (month) => (month === '2026-02' ? '<h1>February</h1>' : undefined) },
      logger: recordingLogger().logger,
      now: () => nowMs,
    });
    return handle({ pathParameters: { token }, headers } as unknown as APIGatewayProxyEvent);
  };

  test('shows its month for 30 days, and is kept by no cache', async () => {
    const token = signReportLink('2026-02', startMs, key);
    const shown = await open(token);
    expect([shown.statusCode, shown.body]).toEqual([200, '<h1>February</h1>']);
    expect(shown.headers?.['Cache-Control']).toBe('private, no-store');
    expect((await open(token, startMs + 30 * dayMs)).statusCode).toBe(200);
    expect((await open(token, startMs + 30 * dayMs + 1)).statusCode).toBe(404);
  });

  test('shows nothing when any part of it was changed, or when it is a link of another kind', async () => {
    const token = signReportLink('2026-02', startMs, key);
    const [keyId, month, expiresAtMs, signature] = token.split('.') as [string, string, string, string];
    const unsubscribing = createHmac('sha256', key.secret).update([keyId, month, expiresAtMs].join('.')).digest('base64url');
    const forged = [
      [keyId, month, expiresAtMs, unsubscribing],
      [keyId, '2026-01', expiresAtMs, signature],
      [keyId, month, String(Number(expiresAtMs) + 1), signature],
      [keyId, month, expiresAtMs, `${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`],
      ['0badcaff', month, expiresAtMs, signature],
      [keyId, month, expiresAtMs],
    ];
    for (const parts of forged) expect((await open(parts.join('.'))).statusCode).toBe(404);
    expect((await open(signLink({ userKey: 'u#ana', topic: 'offers' }, key))).statusCode).toBe(404);
    expect((await open('')).statusCode).toBe(404);
  });

  test('[L2] can be framed by no page, and its address is told to no other site', async () => {
    for (const token of [signReportLink('2026-02', startMs, key), 'no link']) {
      const { headers } = await open(token);
      expect(headers).toMatchObject({ 'Cache-Control': expect.stringContaining('no-store'), 'Referrer-Policy': 'no-referrer' });
      expect(headers?.['Content-Security-Policy']).toMatch(/default-src 'none';.*frame-ancestors 'none'/);
    }
  });

  test('that leads to no report says so in the language of the browser and the brand of the shop', async () => {
    const german = await open('no link', startMs, { 'Accept-Language': 'de-AT,de;q=0.9' });
    expect(german).toMatchObject({ statusCode: 404, headers: { 'Content-Language': 'de' } });
    expect(german.body).toContain('<html lang="de">');
    expect(german.body).toContain('Dieser Link funktioniert nicht.');
    expect(german.body).toContain('älter als 30 Tage');
    expect(german.body).toContain(config.sender.name);
    expect(german.body).toContain(config.brand.colors.accent);
    expect((await open('no link')).body).toContain('<code>npm run report</code>');
  });

  test('leads nowhere when the month has no report', async () => {
    expect((await open(signReportLink('2026-01', startMs, key))).statusCode).toBe(404);
  });
});

describe('telling the readers', () => {
  const readers = ['a@shop.example', 'b@shop.example'];
  function world(fail: (mail: Mail) => Error | undefined = () => undefined) {
    const claimed = new Set<string>();
    const mails: Mail[] = [];
    const tell = (month = '2026-02') =>
      notifyReaders(
        {
          config: { sender: config.sender, report: { readers } },
          signingKeys: { signingKey: async () => key },
          notices: {
            claim: async (of, reader) => !claimed.has(`${of}${reader}`) && Boolean(claimed.add(`${of}${reader}`)),
            release: async (of, reader) => void claimed.delete(`${of}${reader}`),
          },
          mailer: {
            send: async (mail) => {
              const error = fail(mail);
              if (error) throw error;
              mails.push(mail);
              return { messageId: 'm' };
            },
          },
          logger: recordingLogger().logger,
          publicUrl: 'https://api.example/prod',
          now: () => startMs,
        },
        month,
      );
    return { mails, tell };
  }

  test('sends each of them a link that works, once a month', async () => {
    const { mails, tell } = world();
    expect(await tell()).toBe(2);
    expect(await tell()).toBe(0);
    expect(await tell('2026-03')).toBe(2);
    expect(mails.map(({ to }) => to)).toEqual([...readers, ...readers]);
    for (const part of [mails[0]?.text, mails[0]?.html]) {
      const [, token = ''] = /https:\/\/api\.example\/prod\/r\/([\w.-]+)/.exec(part ?? '') ?? [];
      expect(readReportLink(token, key, startMs)).toBe('2026-02');
    }
    expect(mails[0]?.subject).toBe('Lantern Books: report of February 2026');
  });

  test('tells the others when one cannot be told, and tries that one again if the mail certainly did not go', async () => {
    for (const [error, again] of [
      [new SendThrottled('busy'), ['a@shop.example']],
      [new SendRejected('sandbox'), ['a@shop.example']],
      [new Error('the answer was lost'), []],
    ] as const) {
      let isBroken = true;
      const { mails, tell } = world(({ to }) => (isBroken && to === 'a@shop.example' ? error : undefined));
      await expect(tell()).rejects.toBe(error);
      expect(mails.map(({ to }) => to)).toEqual(['b@shop.example']);
      isBroken = false;
      await tell();
      expect(mails.slice(1).map(({ to }) => to)).toEqual(again);
    }
  });
});
