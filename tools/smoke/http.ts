import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

export interface Call {
  name: string;
  path: string;
  /** What is sent, as text or bytes. */
  body: string | Buffer;
  headers?: Record<string, string>;
  key?: 'web' | 'server' | 'none';
}

export interface Answer {
  status: number;
  text: string;
}

const patienceMs = 15_000;
/** A key needs some seconds until all of API Gateway knows it, and a stage may be busy: SDKs wait as well. */
const mostAttempts = 8;

/** Sends a call as an SDK would: what asks for a later repetition is repeated. */
export async function send(world: World, { path, body, headers = {}, key = 'server' }: Call): Promise<Answer> {
  const authorization = key === 'none' ? {} : { authorization: `Basic ${Buffer.from(`${world.keys[key]}:`).toString('base64')}` };
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${world.endpoint}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...authorization, ...headers }, body, signal: AbortSignal.timeout(patienceMs) });
    const text = await response.text();
    if ((response.status !== 503 && response.status !== 429) || attempt === mostAttempts) return { status: response.status, text };
    await sleep(1000);
  }
}

/** Sends an event, as JSON. @throws Error when it is not taken */
export async function track(world: World, event: string, fields: object): Promise<void> {
  await taken(world, { name: event, path: '/v1/track', body: JSON.stringify({ event, ...withId(world, event), ...fields }) });
}

/** @throws Error with what was answered */
export async function taken(world: World, call: Call): Promise<void> {
  const { status, text } = await send(world, call);
  if (status !== 200) throw new Error(`${call.name} was answered with ${status}: ${text.slice(0, 200)}`);
}

/** Gives a call a message id by which it is found in the archive. */
export function withId({ run, messageIds }: World, name: string): { messageId: string } {
  const messageId = `segue-smoke-${run}-${name}-${messageIds.size}`;
  messageIds.add(messageId);
  return { messageId };
}
