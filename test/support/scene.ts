import { expect } from 'vitest';
import config from '../../examples/bookstore/segue.config.ts';
import { isInHoldout } from '../../lambdas/domain/campaigns/variants.ts';
import type { Runtime } from '../../local/runtime.ts';
import type { Mail } from '../../local/ses/store.ts';
import type { Execution } from '../../local/step-functions/states.ts';
import type { ReportData } from '../../lambdas/schemas/report.ts';
import { basicAuth, eventually, type World } from './runtime.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const hoursSince = (atMs: number, sinceMs: number): number => (atMs - sinceMs) / hourMs;

/** What somebody does, at a time that has just come unless it says another. */
export interface Deed {
  name: string;
  properties?: object;
  atMs?: number;
}

/** The bookstore while it runs under a time scale, as its customers see it: over HTTP and by their mailboxes. */
export interface Scene {
  readonly world: World;
  readonly runtime: Runtime;
  /** Sends what the shop's server would send of a known person. */
  happens(userId: string, deeds: readonly Deed[]): Promise<void>;
  /** Sends calls as they are, with the server's key. */
  tells(calls: readonly object[]): Promise<void>;
  /** Gives somebody an account with a mailbox of their own. */
  welcomed(userId: string): Promise<void>;
  /** Gives somebody an account with this address, and consent. */
  account(userId: string, email: string, ...deeds: Deed[]): Promise<void>;
  mailsTo(userId: string): Mail[];
  /** Oldest first; case tells no two addresses apart. */
  mailsAt(email: string): Mail[];
  mailOf(userId: string, step: string): Promise<Mail>;
  /** All workflows of a person in a campaign, oldest first. */
  workflowsOf(userId: string, machine: string): Execution[];
  /** The end of a workflow of a person, of the first one unless `place` says another. */
  endOf(userId: string, machine: string, place?: number): Promise<Execution>;
  /** Leaves by the mail program's own button. */
  leaves(mail: Mail): Promise<void>;
  report(): Promise<ReportData>;
}

export const put = (properties: object, atMs?: number): Deed => ({ name: 'add_to_cart', properties: { product_id: 'emma', name: 'Emma', ...properties }, ...(atMs !== undefined && { atMs }) });

/** Somebody whom the campaign's holdout does not hold back. */
export const mailed = (name: string, campaign: string): string =>
  Array.from({ length: 50 }, (_, index) => `${name}${index}`).find((userId) => !isInHoldout(config, campaign, config.campaigns[campaign]!, `u#${userId}`)) as string;

/** Longer than any campaign of the bookstore takes under the time scale. */
const patienceMs = 90_000;

/** @param running the runtime, once it has started */
export function createScene(world: World, running: () => Runtime): Scene {
  const addressOf = (userId: string) => `${userId}@reader.example`;
  const identify = (userId: string, email: string): Deed => ({ name: 'identify', properties: { email, first_name: userId, marketing_consent: true } });
  const scene: Scene = {
    world,
    get runtime() {
      return running();
    },
    async tells(calls) {
      const { url, keys } = running();
      const headers = { authorization: basicAuth(keys.server), 'content-type': 'application/json' };
      expect((await fetch(`${url}/v1/batch`, { method: 'POST', headers, body: JSON.stringify({ batch: calls }) })).status).toBe(200);
    },
    happens: (userId, deeds) =>
      scene.tells(
        deeds.map(({ name, properties = {}, atMs = running().clock.nowMs() }, index) => ({
          userId,
          messageId: `${userId}-${name}-${atMs}-${index}`,
          timestamp: new Date(atMs).toISOString(),
          ...(name === 'identify' ? { type: 'identify', traits: properties } : { type: 'track', event: name, properties }),
        })),
      ),
    welcomed: (userId) => scene.happens(userId, [identify(userId, addressOf(userId))]),
    account: (userId, email, ...deeds) => scene.happens(userId, [identify(userId, email), ...deeds]),
    mailsTo: (userId) => running().mails().filter(({ to }) => to[0] === addressOf(userId)),
    mailsAt: (email) => running().mails().filter(({ to }) => to[0]?.toLowerCase() === email).toSorted((a, b) => a.sentAtMs - b.sentAtMs),
    mailOf: (userId, step) => eventually(`the ${step} for ${userId}`, () => scene.mailsTo(userId).find(({ tags }) => tags.step === step), patienceMs),
    workflowsOf: (userId, machine) =>
      running().executions().filter(({ input, machineName }) => machineName.endsWith(machine) && input.includes(`"u#${userId}"`)).toSorted((a, b) => a.startedAtMs - b.startedAtMs),
    endOf: (userId, machine, place = 0) =>
      eventually(`the end of ${userId}'s ${machine}`, () => {
        const execution = scene.workflowsOf(userId, machine)[place];
        return execution === undefined || execution.status === 'RUNNING' ? undefined : execution;
      }, patienceMs),
    async leaves({ headers }) {
      const link = /^<(.+)>$/.exec(headers.find(({ name }) => name === 'List-Unsubscribe')?.value ?? '')?.[1] ?? '';
      const answer = await fetch(link, { method: 'POST', body: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      expect(answer.status).toBe(200);
    },
    report: async () => JSON.parse(await (await fetch(`${running().url}/report.json`)).text()) as ReportData,
  };
  return scene;
}
