import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerConsole } from '../../local/console/console.ts';
import { firstEventOf } from '../../local/console/first-event.ts';
import { html } from '../../local/console/html.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';
import saas from '../../examples/saas/segue.config.ts';
import type { ConsoleSource } from '../../local/console/state.ts';
import type { Mail } from '../../local/ses/store.ts';

const hostile = `"><script>alert('x')</script>`;
const mail: Mail = {
  messageId: 'm-1',
  from: hostile,
  to: [hostile],
  subject: hostile,
  html: '<html><head></head><body>Hello</body></html>',
  text: hostile,
  headers: [{ name: 'X', value: hostile }],
  tags: {},
  links: [],
  sentAtMs: 0,
  outcome: 'delivered',
  openCount: 1,
  clicked: [hostile],
};
const reported: string[] = [];
const source: ConsoleSource = {
  url: 'http://127.0.0.1:4000',
  keys: { web: 'web_1', server: 'server_1' },
  scale: 3600,
  nowMs: () => 0,
  people: async () => [{ userKey: hostile, segment: hostile, segmentSinceMs: 0, scores: { [hostile]: 1 }, workflows: [], failures: {}, transitions: [] }],
  mails: () => [mail],
  mail: (messageId) => (messageId === mail.messageId ? mail : undefined),
  executions: () => [
    {
      arn: 'a',
      name: hostile,
      machineArn: hostile,
      machineName: hostile,
      status: 'ABORTED',
      input: JSON.stringify({ userKey: hostile }),
      startedAtMs: 0,
      ended: { status: 'ABORTED', error: hostile, cause: hostile, atMs: 1 },
      history: [{ type: 'entered', state: hostile, atMs: 0 }],
      transitions: 1,
    },
  ],
  monthReport: async (month = '2026-03') => ({ html: `<h1>${month}</h1>`, json: JSON.stringify({ month }) }),
  report: (messageId, outcome) => messageId === mail.messageId && reported.push(outcome) > 0,
  segmentTitles: { [hostile]: hostile },
  firstEvent: firstEventOf(bookstore),
};
const ask = (path: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}) =>
  answerConsole(
    source,
    { method, headers: { host: '127.0.0.1:4000', ...headers } } as unknown as IncomingMessage,
    new URL(path, 'http://x'),
  );

describe('the first event', () => {
  it('is one of the shop, whatever it is: a service without carts is told of none', async () => {
    const first = firstEventOf(saas);
    expect(first).toMatchObject({ event: 'signed_up', campaign: 'Onboarding', traits: { plan: 'Team', marketing_consent: true }, properties: {} });
    const page = (await answerConsole({ ...source, firstEvent: first, executions: () => [] }, { method: 'GET', headers: { host: '127.0.0.1:4000' } } as unknown as IncomingMessage, new URL('/', 'http://x')))?.body;
    expect(page).toContain('signed_up');
    expect(String(page)).not.toMatch(/\b(cart|book|purchase|product)/i);
  });
});

describe('the page', () => {
  it('escapes whatever people and events hold', async () => {
    for (const path of ['/', '/_segue/mail/m-1']) {
      const { status, body } = (await ask(path))!;
      expect(status).toBe(200);
      expect(body).not.toContain('<script>alert');
      expect(body).toContain('&#60;script&#62;');
    }
    expect((JSON.parse(String((await ask('/_segue/live'))!.body)) as { main: string }).main).not.toContain('<script>alert');
  });

  it('shows commands that work when they are pasted', async () => {
    const page = String((await ask('/'))!.body).replaceAll(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)));
    const bodies = [...page.matchAll(/-d '(\{.*\})'/g)].map(([, body]) => JSON.parse(body!) as { userId: string });
    expect(bodies).toMatchObject([
      { userId: 'ada', traits: { marketing_consent: true } },
      { userId: 'ada', event: 'add_to_cart' },
    ]);
    expect(page).toContain(`curl -X POST http://127.0.0.1:4000/v1/identify -u 'server_1:'`);
  });

  it('gives the same as JSON', async () => {
    const [status, people, inbox, executions] = await Promise.all(
      ['status', 'people', 'inbox', 'executions'].map(
        async (name) => JSON.parse(String((await ask(`/_segue/${name}.json`))!.body)) as unknown,
      ),
    );
    expect(status).toEqual({ url: source.url, keys: source.keys, nowMs: 0, scale: 3600 });
    expect(people).toMatchObject([{ userKey: hostile }]);
    expect(inbox).toMatchObject([{ messageId: 'm-1', openCount: 1 }]);
    expect(executions).toMatchObject([{ status: 'ABORTED', cause: hostile, state: hostile, endedAtMs: 1 }]);
  });

  it('shows a mail in a frame that runs no script, with links that leave it', async () => {
    expect((await ask('/_segue/mail/m-1'))!.body).toMatch(/<iframe [^>]*sandbox="(?!.*allow-scripts)/);
    const body = (await ask('/_segue/mail/m-1/body'))!;
    expect(body.body).toBe('<html><head><base target="_blank"></head><body>Hello</body></html>');
    expect(body.headers['content-security-policy']).toContain("script-src 'none'");
  });

  it('makes the report of this month, and of another one that is named', async () => {
    expect(String((await ask('/'))!.body)).toContain('href="/report"');
    expect((await ask('/report'))!.body).toBe('<h1>2026-03</h1>');
    expect((await ask('/report?month=2026-01'))!.body).toBe('<h1>2026-01</h1>');
    expect(JSON.parse(String((await ask('/report.json?month=2026-01'))!.body))).toEqual({ month: '2026-01' });
    const refused = (await ask('/report?month=2026-13'))!;
    expect([refused.status, refused.body]).toEqual([400, 'month "2026-13": must be a year and a month, such as 2026-10']);
    expect((await ask('/report', { headers: { host: 'evil.example' } }))!.status).toBe(403);
  });

  it('takes reports on a mail', async () => {
    expect((await ask('/_segue/mail/m-1/complained', { method: 'POST' }))!.status).toBe(303);
    expect(reported).toEqual(['complained']);
    expect((await ask('/_segue/mail/m-2/complained', { method: 'POST' }))!.status).toBe(404);
  });

  it('is for this machine only', async () => {
    expect((await ask('/', { headers: { host: 'evil.example' } }))!.status).toBe(403);
    expect((await ask('/_segue/people.json', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' } }))!.status).toBe(
      403,
    );
    expect(
      (await ask('/_segue/mail/m-1/complained', {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      }))!.status,
    ).toBe(403);
    expect((await ask('/', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } }))!.status).toBe(200);
  });

  it('leaves other paths to the API', async () => expect(await ask('/v1/track')).toBeUndefined());
});

describe('html', () => {
  it('never lets a text become a tag or end an attribute', () => {
    fc.assert(fc.property(fc.string(), (text) => !/[<>"'`]/.test(html`${text}`.text)));
  });

  it('keeps what it made itself, lists of it too', () => {
    expect(html`<ul>${[1, 2].map((one) => html`<li>${one}</li>`)}</ul>${undefined}${false}`.text).toBe('<ul><li>1</li><li>2</li></ul>');
  });
});
