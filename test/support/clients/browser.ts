import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../../../examples/bookstore/segue.config.ts';
import { toDomainEvent } from '../../../lambdas/domain/events/parse.ts';
import { chromiumCommand, startChromium, type Browser, type Tab } from '../../../tools/chromium.ts';
import { eventually } from '../eventually.ts';
import { serverKey, webKey, type Edge } from './edge.ts';
import { startPages, type Pages } from './pages.ts';
import { recipe } from './recipe.ts';
import type { Relay } from './relay.ts';
import { throttled } from './throttled.ts';

const hasChromium = process.env.CHROMIUM !== undefined || spawnSync(chromiumCommand, ['--version']).error === undefined;

/** Unmodified SDKs for browsers in a page that runs the code of docs/clients.md. */
export function browserClients(started: () => { edge: Edge; tight: Edge; relay: Relay }): void {
  describe.skipIf(!hasChromium)('in Chromium', () => {
    let edge: Edge;
    let relay: Relay;
    let pages: Pages;
    let browser: Browser;
    let endpoint: string;
    beforeAll(async () => {
      ({ edge, relay } = started());
      endpoint = `${relay.url}${new URL(edge.endpoint).pathname}`;
      // Test pages are served without TLS; every other word is that of the documentation.
      const plain = (code: string) => code.replaceAll(/(apiHost: '[^']*')/g, "$1, protocol: 'http'");
      pages = await startPages({
        segment: `${plain(recipe("Segment's browser SDK", 'ts', endpoint))}\nwindow.analytics = analytics;`,
        batching: `${plain(recipe('Batches', 'ts', endpoint))}\nwindow.analytics = analytics;`,
        rudder: `${recipe("RudderStack's browser SDK", 'ts', endpoint)}\nwindow.rudder = rudder;`,
        'rudder-beacon': `${recipe("RudderStack's browser SDK", 'ts', endpoint).replace('{ getSourceConfig }', '{ useBeacon: true, getSourceConfig }')}\nwindow.rudder = rudder;`,
      });
      browser = await startChromium(chromiumCommand, { reach: '127.0.0.1' });
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      await pages?.close();
    });

    const open = async (script?: string): Promise<Tab> => {
      const tab = await browser.newTab({ width: 800 });
      await tab.open(`${pages.url}/empty`);
      if (script !== undefined) await tab.evaluate(`new Promise((resolve, reject) => { const s = document.createElement('script'); s.src = '${pages.url}/${script}.js'; s.onload = () => resolve(true); s.onerror = reject; document.head.append(s); })`);
      return tab;
    };
    const arrived = (id: string, count = 1) =>
      eventually(`${count} events of ${id}`, async () => {
        const records = await edge.recordsOf(id);
        return records.length >= count ? records : undefined;
      });
    const preflightsOf = (path: string) => relay.seen.filter((one) => one.method === 'OPTIONS' && one.path.includes(path));

    describe('@segment/analytics-next', () => {
      it('sends as its npm build, with text/plain and the key in a header', async () => {
        const tab = await open('segment');
        const anonymousId = await tab.evaluate<string>(`(async () => { await analytics.identify('next-1', { first_name: 'Ada' }); await analytics.track('Product Added', { product_id: 'emma' }); await analytics.page('Home'); return (await analytics.user()).anonymousId(); })()`);
        const records = await arrived('next-1', 3);
        expect(records.map(({ type }) => type).sort()).toEqual(['identify', 'page', 'track']);
        expect(records.find(({ type }) => type === 'identify')).toMatchObject({ source: 'web', keyId: 'web-1', partitionKey: 'next-1', event: { anonymousId, traits: { first_name: 'Ada' } } });
        const track = relay.seen.find(({ path, method }) => method === 'POST' && path.endsWith('/v1/t'));
        expect(track).toMatchObject({ status: 200, headers: { 'content-type': expect.stringMatching(/^text\/plain/), authorization: expect.stringMatching(/^Basic /) } });
      });

      it('sends again after a 503, and says so in a header that the preflight allows', async () => {
        const tab = await open('segment');
        await tab.evaluate(`localStorage.clear()`);
        relay.refuseNext(1);
        await tab.evaluate(`analytics.reset().then?.(() => 0), analytics.track('Retried', {}, { userId: 'next-retry' }).then(() => true)`);
        expect(await arrived('next-retry')).toMatchObject([{ event: { event: 'Retried', messageId: expect.any(String) } }]);
        expect(relay.seen.some(({ headers }) => headers['x-retry-count'] === '1')).toBe(true);
      });

      it('keeps what a closing page could not send, and sends it from the next page', async () => {
        const tab = await open('segment');
        relay.refuseNext(1);
        await tab.evaluate(`analytics.track('Left', {}, { userId: 'next-left' }), true`);
        await eventually('the refused request', () => relay.seen.find(({ status }) => status === 503) && true);
        await tab.open(`${pages.url}/other`);
        expect(await edge.recordsOf('next-left')).toEqual([]);
        await tab.evaluate(`new Promise((resolve) => { const s = document.createElement('script'); s.src = '${pages.url}/segment.js'; s.onload = () => resolve(true); document.head.append(s); })`);
        expect(await arrived('next-left')).toMatchObject([{ event: { event: 'Left' } }]);
      });

      it('sends batches', async () => {
        const tab = await open('batching');
        await tab.evaluate(`Promise.all(['a', 'b'].map((name) => analytics.track(name, {}, { userId: 'next-batch' }))).then(() => true)`);
        await tab.open('about:blank');
        const records = await arrived('next-batch', 2);
        expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(1);
        expect(relay.seen.find(({ method, path }) => method === 'POST' && path.endsWith('/v1/b'))).toMatchObject({ status: 200 });
      });

      it('sends as the snippet', async () => {
        const tab = await open();
        const snippet = recipe('Snippet', 'js', endpoint).replaceAll('https://shop.example', pages.url).replaceAll(/(apiHost: '[^']*')/g, "$1, protocol: 'http'");
        await tab.evaluate(`${snippet};analytics.track('Product Added', { product_id: 'emma' }, { userId: 'next-snippet' }), true`);
        expect(await arrived('next-snippet')).toMatchObject([{ type: 'track', source: 'web', event: { properties: { product_id: 'emma' } } }]);
      });
    });

    describe('@rudderstack/analytics-js', () => {
      it('sends visitors and people; the traits stand in the context', async () => {
        const tab = await open('rudder');
        const anonymousId = await tab.evaluate<string>(`new Promise((resolve) => rudder.ready(() => { rudder.track('Product Added', { product_id: 'emma' }); const id = rudder.getAnonymousId(); rudder.identify('rudder-web', { genre: 'crime' }); resolve(id); }))`);
        const records = await arrived(anonymousId, 2);
        expect(records.find(({ type }) => type === 'track')).toMatchObject({ source: 'web', partitionKey: anonymousId, event: { userId: '', anonymousId } });
        const identify = records.find(({ type }) => type === 'identify')!;
        expect(identify).toMatchObject({ partitionKey: 'rudder-web', event: { context: { traits: { genre: 'crime' } } } });
        expect(toDomainEvent(identify, config).event).toMatchObject({ userKey: 'u#rudder-web', anonymousKey: `a#${anonymousId}`, traits: { genre: 'crime' } });
        const [preflight] = preflightsOf('/v1/track');
        expect(String(preflight?.headers['access-control-request-headers']).toLowerCase()).toContain('sentat');
      });

      it('sends again after a 503, with headers that say why', async () => {
        const tab = await open('rudder');
        relay.refuseNext(1);
        await tab.evaluate(`new Promise((resolve) => rudder.ready(() => { rudder.reset(); rudder.identify('rudder-retry'); rudder.track('Retried'); resolve(true); }))`);
        await arrived('rudder-retry', 2);
        expect(relay.seen.some(({ method, headers, status }) => method === 'POST' && status === 200 && headers['rsa-retry-attempt'] === '1')).toBe(true);
      });

      it('sends by beacon, with the key in the address', async () => {
        const tab = await open('rudder-beacon');
        await tab.evaluate(`new Promise((resolve) => rudder.ready(() => { rudder.identify('rudder-beacon', { first_name: 'Ada' }); rudder.track('Left'); resolve(true); }))`);
        await tab.open('about:blank');
        const records = await arrived('rudder-beacon', 2);
        expect(records.every(({ keyId }) => keyId === 'web-1')).toBe(true);
        expect(relay.seen.find(({ method, path }) => method === 'POST' && path.includes('/beacon/v1/batch?writeKey='))).toMatchObject({ status: 200, headers: { 'content-type': expect.stringMatching(/^text\/plain/) } });
      });
    });

    it('SDKs send again after a 429, and every event counts once', async () => {
      const [segment, rudder] = [await open('segment'), await open('rudder')];
      const { records, refused } = await throttled(started(), webKey, ['slow-next', 'slow-rudder-web'], async () => {
        await segment.evaluate(`localStorage.clear(), analytics.track('Slow', {}, { userId: 'slow-next' }), true`);
        await rudder.evaluate(`new Promise((resolve) => rudder.ready(() => { rudder.reset(); rudder.identify('slow-rudder-web'); resolve(true); }))`);
      });
      expect(refused).toBeGreaterThanOrEqual(2);
      expect(records).toHaveLength(2);
      expect(new Set(records.map(({ event }) => event.messageId)).size).toBe(2);
    }, 60_000);

    describe('plain code', () => {
      it('sends a beacon while its page closes', async () => {
        const tab = await open();
        await tab.evaluate(`${recipe('Beacons', 'js', endpoint)}; true`);
        await tab.open('about:blank');
        const records = await eventually('the beacon', async () => {
          const found = (await edge.records()).filter(({ event }) => event.event === 'page_left');
          return found.length > 0 ? found : undefined;
        });
        expect(records).toMatchObject([{ type: 'track', source: 'web', keyId: 'web-1', event: { anonymousId: expect.any(String) } }]);
      });

      it('is refused with a server key, and no key is logged', async () => {
        const tab = await open();
        const status = await tab.evaluate<number>(`fetch('${endpoint}beacon/v1/track?writeKey=${serverKey}', { method: 'POST', body: '{"userId":"x","event":"x"}' }).then(({ status }) => status)`);
        expect(status).toBe(403);
        expect(edge.log.join('\n')).not.toContain('wk_');
      });
    });
  });
}
