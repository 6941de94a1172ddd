import type { Analytics } from '@segment/analytics-node';
import { beforeAll, describe, expect, it } from 'vitest';
import config from '../../../examples/bookstore/segue.config.ts';
import { toDomainEvent } from '../../../lambdas/domain/events/parse.ts';
import { eventually } from '../eventually.ts';
import { serverKey, type Edge } from './edge.ts';
import { runRecipe } from './recipe.ts';
import type { Relay } from './relay.ts';
import { throttled } from './throttled.ts';

const tracked = { event: 'Product Added', properties: { product_id: 'emma', price: 12.9 } };

interface OldClient {
  track(message: object): unknown;
  identify(message: object): unknown;
  flush(done?: (error?: Error) => void): unknown;
}
const flushed = (client: OldClient) => new Promise<void>((resolve, reject) => client.flush((error) => (error ? reject(error) : resolve())));

/** Unmodified SDKs for servers from npm, pointed at the endpoint of a deployed stage as docs/clients.md says. */
export function nodeClients(started: () => { edge: Edge; tight: Edge; relay: Relay }): void {
  let edge: Edge;
  let relay: Relay;
  beforeAll(() => void ({ edge, relay } = started()));
  const endpoint = () => `${relay.url}${new URL(edge.endpoint).pathname}`;
  const arrived = (id: string, count: number) =>
    eventually(`${count} events of ${id}`, async () => {
      const records = await edge.recordsOf(id);
      return records.length >= count ? records : undefined;
    });

  describe('@segment/analytics-node', () => {
    const open = () => runRecipe("Segment's Node SDK", 'ts', endpoint()) as Analytics;

    it('sends all calls', async () => {
      const analytics = open();
      analytics.identify({ userId: 'seg-1', traits: { email: 'ada@reader.example', first_name: 'Ada' } });
      analytics.track({ userId: 'seg-1', ...tracked });
      analytics.page({ userId: 'seg-1', name: 'Home' });
      analytics.screen({ userId: 'seg-1', name: 'Home' });
      analytics.group({ userId: 'seg-1', groupId: 'g1' });
      analytics.alias({ userId: 'seg-1', previousId: 'device-1' });
      await analytics.closeAndFlush();
      const records = await arrived('seg-1', 6);
      expect(records.map(({ type }) => type)).toEqual(['identify', 'track', 'page', 'screen', 'group', 'alias']);
      expect(records[0]).toMatchObject({ source: 'server', keyId: 'server-1', partitionKey: 'seg-1', event: { traits: { email: 'ada@reader.example' } } });
      expect(records[1]!.event).toMatchObject(tracked);
    });

    it('sends an event of a visitor without an account', async () => {
      const analytics = open();
      analytics.track({ anonymousId: 'seg-anon', ...tracked });
      await analytics.closeAndFlush();
      expect(await arrived('seg-anon', 1)).toMatchObject([{ partitionKey: 'seg-anon', event: { anonymousId: 'seg-anon' } }]);
    });

    it('sends again after a 503, under the same message id', async () => {
      const analytics = open();
      relay.refuseNext(1);
      analytics.track({ userId: 'seg-retry', ...tracked });
      await analytics.closeAndFlush();
      const [record] = await arrived('seg-retry', 1);
      expect(record!.event.messageId).toEqual(expect.any(String));
      expect(relay.seen.slice(-2).map(({ status }) => status)).toEqual([503, 200]);
    });
  });

  describe('analytics-node 6', () => {

    it('sends its first event alone and then batches, again after a 503', async () => {
      const client = runRecipe("Segment's former Node SDK", 'js', endpoint()) as OldClient;
      client.identify({ userId: 'old-1', traits: { first_name: 'Ada' } });
      await arrived('old-1', 1);
      for (const product_id of ['emma', 'persuasion']) client.track({ userId: 'old-1', event: 'Product Added', properties: { product_id } });
      relay.refuseNext(1);
      await flushed(client);
      expect(relay.seen.slice(-2).map(({ status }) => status)).toEqual([503, 200]);
      const records = await arrived('old-1', 3);
      expect(records).toMatchObject([
        { type: 'identify', index: 0, partitionKey: 'old-1', event: { traits: { first_name: 'Ada' } } },
        { type: 'track', index: 0, event: { properties: { product_id: 'emma' } } },
        { type: 'track', index: 1, event: { properties: { product_id: 'persuasion' } } },
      ]);
    });
  });

  describe('@rudderstack/rudder-sdk-node', () => {

    it('sends with its default options: gzip, labelled as a form', async () => {
      const client = runRecipe("RudderStack's Node SDK", 'js', endpoint()) as OldClient;
      const hourAgo = new Date(Date.now() - 3_600_000);
      client.identify({ userId: 'rudder-1', traits: { first_name: 'Ada' } });
      client.track({ userId: 'rudder-1', ...tracked, timestamp: hourAgo });
      client.track({ anonymousId: 'rudder-anon', ...tracked });
      relay.refuseNext(1);
      await flushed(client);
      expect(relay.seen.at(-1)).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' } });
      const records = await arrived('rudder-1', 2);
      expect(records.map(({ type, partitionKey }) => [type, partitionKey])).toEqual([
        ['identify', 'rudder-1'],
        ['track', 'rudder-1'],
      ]);
      expect(records[1]).toMatchObject({ sentAt: expect.any(String), event: { timestamp: hourAgo.toISOString(), ...tracked } });
      // This SDK always sets originalTimestamp to now.
      expect(toDomainEvent(records[1]!, config).event?.atMs).toBeLessThan(Date.now() - 3_500_000);
      expect(await arrived('rudder-anon', 1)).toMatchObject([{ partitionKey: 'rudder-anon' }]);
    });
  });

  it('all of them send again after a 429, and every event counts once', async () => {
    const segment = runRecipe("Segment's Node SDK", 'ts', endpoint()) as Analytics;
    const [former, rudder] = ["Segment's former Node SDK", "RudderStack's Node SDK"].map((heading) => runRecipe(heading, 'js', endpoint()) as OldClient);
    const { records, refused } = await throttled(started(), serverKey, ['slow-segment', 'slow-former', 'slow-rudder'], async () => {
      segment.track({ userId: 'slow-segment', ...tracked });
      former!.track({ userId: 'slow-former', ...tracked });
      rudder!.track({ userId: 'slow-rudder', ...tracked });
      await Promise.all([segment.closeAndFlush({ timeout: 30_000 }), flushed(former!), flushed(rudder!)]);
    });
    expect(refused).toBeGreaterThanOrEqual(3);
    expect(records).toHaveLength(3);
    expect(new Set(records.map(({ event }) => event.messageId)).size).toBe(3);
  }, 60_000);
}
