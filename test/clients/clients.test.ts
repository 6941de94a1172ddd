import { afterAll, beforeAll, expect, test } from 'vitest';
import { browserClients } from '../support/clients/browser.ts';
import { startEdge, type Edge } from '../support/clients/edge.ts';
import { nodeClients } from '../support/clients/node.ts';
import { readText } from '../support/markdown.ts';
import { startRelay, type Relay } from '../support/clients/relay.ts';

let edge: Edge;
let relay: Relay;
/** The same API with limits that a second request meets. */
let tight: Edge;
beforeAll(async () => {
  edge = await startEdge();
  const onePerSecond = { perSecond: 1, burst: 1 };
  tight = await startEdge({ web: onePerSecond, server: onePerSecond });
  relay = await startRelay(new URL(edge.endpoint).origin);
}, 240_000);
afterAll(async () => {
  await relay?.close();
  await edge?.close();
  await tight?.close();
});

nodeClients(() => ({ edge, tight, relay }));
browserClients(() => ({ edge, tight, relay }));

test('the code in README is that of the page about clients', () => {
  const codes = [...readText('README.md').matchAll(/```ts\n(import [^]*?)```/g)].map(([, code]) => code as string);
  expect(codes).toHaveLength(2);
  const page = readText('docs/clients.md');
  for (const code of codes) expect(page).toContain(code);
});
