import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** A tab of a headless Chromium. */
export interface Tab {
  /** A command of the DevTools protocol. @throws Error with what Chromium says of it */
  send(method: string, params?: object): Promise<any>;
  /** Goes to an address and waits until it has loaded. */
  open(url: string): Promise<void>;
  /** Value of an expression in the page; it must be JSON. */
  evaluate<Value = any>(expression: string): Promise<Value>;
  /** A part of the page over its whole width as a PNG, whether it is in view or not. */
  picture(part: { fromY: number; untilY: number }): Promise<Buffer>;
  /** Addresses that were asked for since the tab was opened, and what the page complained about. */
  requests: string[];
  complaints: string[];
}

export interface Browser {
  newTab(view: { width: number; height?: number; scheme?: 'light' | 'dark'; media?: 'screen' | 'print'; scale?: number }): Promise<Tab>;
  close(): Promise<void>;
}

/** Another one can be named in the environment. */
export const chromiumCommand = process.env.CHROMIUM ?? 'chromium';

/** Starts a Chromium that reaches nothing but files and is told what to do through pipes. */
export async function startChromium(command = chromiumCommand): Promise<Browser> {
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
    [...flags, '--host-resolver-rules=MAP * ~NOTFOUND', `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'],
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

interface Wire {
  send(method: string, params?: object, sessionId?: string): Promise<any>;
  listen(sessionId: string, listener: (method: string, params: any) => void): void;
}

/** Messages are JSON, ended by a zero byte: out through the third pipe, in through the fourth. */
function connect(child: ChildProcess): Wire {
  const [output, input] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const listeners = new Map<string, (method: string, params: unknown) => void>();
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
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        output.write(`${JSON.stringify({ id: lastId, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
      }),
    listen: (sessionId, listener) => listeners.set(sessionId, listener),
  };
}

async function openTab(
  wire: Wire,
  { width, height = 900, scheme = 'light', media = 'screen', scale = 1 }: Parameters<Browser['newTab']>[0],
): Promise<Tab> {
  const { targetId } = await wire.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await wire.send('Target.attachToTarget', { targetId, flatten: true });
  const send = (method: string, params?: object) => wire.send(method, params, sessionId);
  const [requests, complaints]: [string[], string[]] = [[], []];
  let loaded = () => {};
  wire.listen(sessionId, (method, params) => {
    if (method === 'Network.requestWillBeSent') requests.push(params.request.url);
    if (method === 'Log.entryAdded') complaints.push(params.entry.text);
    if (method === 'Runtime.exceptionThrown') complaints.push(params.exceptionDetails.text);
    if (method === 'Page.loadEventFired') loaded();
  });
  for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await send(`${domain}.enable`);
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile: false });
  await send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: scheme }] });
  return {
    send,
    requests,
    complaints,
    async open(url) {
      const done = new Promise<void>((resolve) => (loaded = resolve));
      const { errorText } = await send('Page.navigate', { url });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
      await done;
    },
    async picture({ fromY, untilY }) {
      const clip = { x: 0, y: fromY, width, height: untilY - fromY, scale: 1 };
      const { data } = await send('Page.captureScreenshot', { captureBeyondViewport: true, clip });
      return Buffer.from(data, 'base64');
    },
    async evaluate(expression) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
      if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
  };
}
