import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeServer } from '../../local/stack/emulators.ts';
import { parseOptions } from '../../tools/preview/options.ts';

const folder = mkdtempSync(join(tmpdir(), 'preview-cli-'));
const taken: { path: string; body: Record<string, any> }[] = [];
const ses = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => (text += String(chunk)));
  request.on('end', () => {
    taken.push({ path: request.url ?? '', body: JSON.parse(text) });
    response.setHeader('content-type', 'application/json').end('{"MessageId":"m-1"}');
  });
});
let sesUrl: string;
/** One that a failed test left running must not outlive it. */
const children: ChildProcess[] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => ses.listen(0, '127.0.0.1', resolve));
  sesUrl = `http://127.0.0.1:${(ses.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await closeServer(ses);
  rmSync(folder, { recursive: true });
});
beforeEach(() => void (taken.length = 0));

function start(args: string[], env: Record<string, string> = {}) {
  const { AWS_ENDPOINT_URL_SESV2: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ['tools/preview.ts', ...args], { env: { ...inherited, ...env } });
  children.push(child);
  let [out, err] = ['', ''];
  const ready = new Promise<string>((resolve) =>
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
      const url = /http:\/\/[\d.:]+/.exec(out)?.[0];
      if (url !== undefined) resolve(url);
    }),
  );
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, out, err })),
  );
  return { child, ready, ended };
}
const run = (...given: Parameters<typeof start>) => start(...given).ended;

describe('the command line', () => {
  test.each([
    [['--colour'], /unknown option --colour; there are --port, --local/],
    [['--port', 'x'], /--port "x": must be a whole number from 0 to 65535/],
    [['--port', '65536'], /"65536"/],
    [['offer'], /"offer": a preview takes only options/],
    [['--email', 'offer'], /--email goes with --send-to only/],
    [['--language', 'de'], /--language goes with --send-to only/],
    [['--send-to', 'me', '--email', 'offer'], /--send-to "me": must be one email address/],
    [['--send-to', 'me@example.com'], /needs --email/],
    [['--send-to', 'me@example.com', '--email', 'offer', '--port', '1'], /exclude each other/],
    [['--send-to', 'me@example.com', '--email', 'offer', '--stage', 'dev', '--local'], /exclude each other/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(expect.objectContaining({ name: 'UsageError', message: expect.stringMatching(message) }));
  });

  test('has defaults', () => {
    expect(parseOptions([])).toEqual({ serve: { port: 4010, dataDir: undefined } });
    expect(parseOptions(['--local'])).toEqual({ serve: { port: 4010, dataDir: '.segue' } });
    const send = { to: 'me@example.com', email: 'offer', sample: 'sample', dataDir: undefined, stage: 'dev' };
    expect(parseOptions(['--send-to', 'me@example.com', '--email', 'offer'])).toEqual({ send });
  });

  test('explains itself', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--send-to ADDRESS') });
  });
});

describe('the server', () => {
  test('serves until it is told to stop, and a second one finds the port in use', async () => {
    const { child, ready, ended } = start(['--port', '0']);
    const url = await ready;
    expect((await fetch(url)).status).toBe(200);
    const { port } = new URL(url);
    expect(await run(['--port', port])).toMatchObject({ code: 2, err: expect.stringContaining(`port ${port} of 127.0.0.1 is in use`) });
    // A page that waits for changes must not hold it.
    const version = /data-version="([^"]+)"/.exec(await (await fetch(url)).text())?.[1];
    const waiting = fetch(`${url}/changes?since=${version}`).catch(() => undefined);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, err: '' });
    await waiting;
  });

  test('says when no Segue runs with the data folder', async () => {
    expect(await run(['--port', '0', '--local', folder])).toMatchObject({
      code: 1,
      err: expect.stringContaining(`no Segue runs with the data folder ${folder}`),
    });
  });
});

describe('a test send', () => {
  const environment = () => ({
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SESV2: sesUrl,
  });
  const to = ['--send-to', 'me@example.com'];

  test('goes once, marked, and with nothing that feedback counts', async () => {
    const args = [...to, '--email', 'abandoned-cart-offer', '--sample', 'without-discount', '--stage', 'prod'];
    expect(await run(args, environment())).toEqual({ code: 0, out: 'sent abandoned-cart-offer to me@example.com as m-1\n', err: '' });
    expect(taken).toHaveLength(1);
    const [{ path, body }] = taken as [(typeof taken)[0]];
    expect(path).toBe('/v2/email/outbound-emails');
    expect(body).toMatchObject({
      FromEmailAddress: '"Lantern Books" <hello@lanternbooks.example>',
      Destination: { ToAddresses: ['me@example.com'] },
      ConfigurationSetName: 'segue-prod',
      EmailTags: [],
      Content: { Simple: { Subject: { Data: '[test] The Count of Monte Cristo and 1 more in your cart' }, Headers: [] } },
    });
    expect(body.Content.Simple.Body.Html.Data).toContain('Dear Ines');
    expect(body.Content.Simple.Body.Text.Data).toContain('Dear Ines');
  });

  test('goes in the language that is named', async () => {
    const args = [...to, '--email', 'welcome-hello', '--language', 'de'];
    expect(await run(args, environment())).toMatchObject({ code: 0, err: '' });
    expect(taken[0]?.body.Content.Simple.Subject.Data).toBe('[test] Willkommen bei Lantern Books');
  });

  test('goes to the Segue on this machine without credentials', async () => {
    const endpoints = { pid: process.pid, region: 'eu-west-1', streamName: 'segue-try-events', emailUrl: sesUrl };
    writeFileSync(join(folder, 'endpoints.json'), JSON.stringify(endpoints));
    const args = [...to, '--email', 'abandoned-cart-reminder', '--local', folder];
    expect(await run(args)).toMatchObject({ code: 0, err: '' });
    expect(taken.map(({ body }) => body.ConfigurationSetName)).toEqual(['segue-try']);
    rmSync(join(folder, 'endpoints.json'));
  });

  test('needs an email, a sample and a language that there are', async () => {
    expect(await run([...to, '--email', 'nothing'], environment())).toMatchObject({
      code: 2,
      err: expect.stringContaining('--email "nothing": there are abandoned-cart-offer, abandoned-cart-offer-bold'),
    });
    expect(await run([...to, '--email', 'abandoned-cart-offer', '--sample', 'x'], environment())).toMatchObject({
      code: 2,
      err: expect.stringContaining('--sample "x": there are sample, without-'),
    });
    expect(await run([...to, '--email', 'welcome-hello', '--language', 'fr'], environment())).toMatchObject({
      code: 2,
      err: expect.stringContaining('--language "fr": welcome-hello has de'),
    });
    expect(taken).toEqual([]);
  });
});
