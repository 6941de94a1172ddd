import { afterAll, beforeAll } from 'vitest';
import { browserClients } from '../support/clients/browser.ts';
import { startEdge, type Edge } from '../support/clients/edge.ts';
import { nodeClients } from '../support/clients/node.ts';
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
