import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** A tab of a headless Chromium. */
export interface Tab {
  /** A command of the DevTools protocol. @throws Error with what Chromium says of it */
  send<Answer = unknown>(method: string, params?: object): Promise<Answer>;
  /** Goes to an address and waits until it has loaded. */
  open(url: string): Promise<void>;
  /** Value of an expression in the page; it must be JSON. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** A part of the page over its whole width as a PNG, whether it is in view or not. */
  picture(part: { fromY: number; untilY: number }): Promise<Buffer>;
  /** Addresses that were asked for since the tab was opened, and what the page complained about. */
  requests: string[];
  complaints: string[];
}

export interface Browser {
  newTab(view: { width: number; height?: number; scheme?: 'light' | 'dark'; media?: 'screen' | 'print' }): Promise<Tab>;
  close(): Promise<void>;
}

/** Another one can be named in the environment. */
export const chromiumCommand = process.env.CHROMIUM ?? 'chromium';

/**
 * Starts a Chromium that is controlled through pipes.
 * @param reach a host that pages may reach; without it they can open only files
 */
export async function startChromium(command = chromiumCommand, { reach }: { reach?: string } = {}): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'segue-chromium-'));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
  ];
  const child = spawn(
    command,
    [...flags, `--host-resolver-rules=MAP * ~NOTFOUND${reach === undefined ? '' : `, EXCLUDE ${reach}`}`, `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    },
  );
  const wire = connect(child);
  return {
    newTab: (view) => openTab(wire, view),
    async close() {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      await wire.send('Browser.close').catch(() => child.kill());
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The messages about a page that are used. */
interface Params {
  request?: { url: string };
  entry?: { text: string };
  exceptionDetails?: { text: string };
}
type Listener = (method: string, params: Params) => void;

interface Wire {
  send<Answer>(method: string, params?: object, sessionId?: string): Promise<Answer>;
  listen(sessionId: string, listener: Listener): void;
}

/** Messages are JSON, ended by a zero byte: out through the third pipe, in through the fourth. */
function connect(child: ChildProcess): Wire {
  const [output, input] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const listeners = new Map<string, Listener>();
  let lastId = 0;
  let rest = '';
  const fail = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.once('error', fail);
  child.once('exit', (code) => fail(new Error(`Chromium ended with ${code}`)));
  output.on('error', () => undefined);
  input.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const { id, result, error, method, params, sessionId } = JSON.parse(message);
      if (id === undefined) listeners.get(sessionId)?.(method, params);
      else if (error) waiting.get(id)?.reject(new Error(error.message));
      else waiting.get(id)?.resolve(result);
      waiting.delete(id);
    }
  });
  return {
    send: <Answer>(method: string, params: object = {}, sessionId?: string) =>
      new Promise<Answer>((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve: (value) => resolve(value as Answer), reject });
        output.write(`${JSON.stringify({ id: lastId, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
      }),
    listen: (sessionId, listener) => listeners.set(sessionId, listener),
  };
}

interface Evaluated<Value> {
  result: { value: Value };
  exceptionDetails?: { text: string; exception?: { description?: string } };
}

async function openTab(
  wire: Wire,
  { width, height = 900, scheme = 'light', media = 'screen' }: Parameters<Browser['newTab']>[0],
): Promise<Tab> {
  const { targetId } = await wire.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await wire.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
  const send = <Answer>(method: string, params?: object) => wire.send<Answer>(method, params, sessionId);
  const [requests, complaints]: [string[], string[]] = [[], []];
  let loaded = () => {};
  wire.listen(sessionId, (method, { request, entry, exceptionDetails }) => {
    if (method === 'Network.requestWillBeSent' && request) requests.push(request.url);
    if (method === 'Log.entryAdded' && entry) complaints.push(entry.text);
    if (method === 'Runtime.exceptionThrown' && exceptionDetails) complaints.push(exceptionDetails.text);
    if (method === 'Page.loadEventFired') loaded();
  });
  for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await send(`${domain}.enable`);
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  await send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: scheme }] });
  return {
    send,
    requests,
    complaints,
    async open(url) {
      const done = new Promise<void>((resolve) => (loaded = resolve));
      const { errorText } = await send<{ errorText?: string }>('Page.navigate', { url });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
      await done;
    },
    async picture({ fromY, untilY }) {
      const clip = { x: 0, y: fromY, width, height: untilY - fromY, scale: 1 };
      const { data } = await send<{ data: string }>('Page.captureScreenshot', { captureBeyondViewport: true, clip });
      return Buffer.from(data, 'base64');
    },
    async evaluate<Value>(expression: string) {
      const evaluation = { expression, returnByValue: true, awaitPromise: true };
      const { result, exceptionDetails } = await send<Evaluated<Value>>('Runtime.evaluate', evaluation);
      if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
  };
}
