import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEdge, type Edge } from '../support/clients/edge.ts';
import { gatewayFacts } from './gateway.ts';

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
}, 240_000);
afterAll(() => edge?.close());

describe.each(gatewayFacts)('$what [$source]', ({ shown }) => {
  it.each(shown.map((one, index) => [index + 1, one] as const))('request %i', async (_index, { path = 'v1/track', init, status, error }) => {
    const response = await fetch(`${edge.endpoint}${path}`, init);
    const answer = (await response.json()) as { success?: boolean; error?: string };
    expect({ status: response.status, ...answer }).toEqual(status === 200 ? { status, success: true } : { status, error: expect.stringMatching(error ?? /^[^\n]+$/) });
  });
});
