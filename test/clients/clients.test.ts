import { afterAll, beforeAll, expect, test } from 'vitest';
import { browserClients } from '../support/clients/browser.ts';
import { startEdge, type Edge } from '../support/clients/edge.ts';
import { nodeClients } from '../support/clients/node.ts';
import { readText } from '../support/markdown.ts';
import { startRelay, type Relay } from '../support/clients/relay.ts';

let edge: Edge;
let relay: Relay;
beforeAll(async () => {
  edge = await startEdge();
  relay = await startRelay(new URL(edge.endpoint).origin);
}, 240_000);
afterAll(async () => {
  await relay?.close();
  await edge?.close();
});

nodeClients(() => ({ edge, relay }));
browserClients(() => ({ edge, relay }));

test('the code in README is that of the page about clients', () => {
  const codes = [...readText('README.md').matchAll(/```ts\n(import [^]*?)```/g)].map(([, code]) => code as string);
  expect(codes).toHaveLength(2);
  const page = readText('docs/clients.md');
  for (const code of codes) expect(page).toContain(code);
});
