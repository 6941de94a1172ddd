import { afterAll, expect, test } from 'vitest';
import type { Runtime } from '../../local/runtime.ts';
import { cartWaitsHours } from '../support/events.ts';
import { basicAuth, createWorld, eventually } from '../support/runtime.ts';

const world = createWorld();
afterAll(() => world.end());

const send = async (runtime: Runtime, path: string, body: object) => {
  const response = await fetch(`${runtime.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: basicAuth(runtime.keys.server) }, body: JSON.stringify(body) });
  expect(response.status).toBe(200);
};

test('a workflow that runs when Segue stops goes on after the next start, and mails once', async () => {
  const first = await world.start({ timeScale: 3600 });
  await send(first, '/v1/identify', { userId: 'ana', traits: { email: 'ana@reader.example', marketing_consent: true } });
  await send(first, '/v1/track', { userId: 'ana', event: 'add_to_cart', properties: { product_id: 'b1', name: 'Emma', price: 9.9, currency: 'EUR' } });
  const started = await eventually('a running workflow', () => first.executions().find(({ status }) => status === 'RUNNING'));
  await first.stop();
  expect(first.mails()).toEqual([]);

  // Half an hour a second until now; now the wait for the offer passes in a few seconds.
  const second = await world.start({ timeScale: 30_000 });
  expect(second.executions()).toMatchObject([{ name: started.name, status: 'RUNNING' }]);
  expect(second.keys).toEqual(first.keys);
  const mail = await eventually('the offer', () => second.mails()[0], 30_000);
  expect(mail.subject).toContain('Emma');
  expect(mail.sentAtMs - started.startedAtMs).toBeGreaterThanOrEqual(cartWaitsHours[0] * 3_600_000);
  await second.stop();

  const third = await world.start({ timeScale: 30_000 });
  await eventually('the end of the workflow', () => third.executions().find(({ status }) => status === 'SUCCEEDED'), 40_000);
  expect(third.mails()).toHaveLength(1);
}, 120_000);
