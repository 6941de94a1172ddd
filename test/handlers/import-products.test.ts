import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCatalogue } from '../../lambdas/adapters/catalogue.ts';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { createFeedCatalogue } from '../../lambdas/adapters/feed-catalogue.ts';
import type { FeedFile } from '../../lambdas/adapters/feed-file.ts';
import { createHandler } from '../../lambdas/import-products/handler.ts';
import { importFeed, type ImportOptions } from '../../lambdas/import-products/import.ts';
import { readFeed } from '../../lambdas/domain/feed/read-feed.ts';
import { startDynamo } from '../support/dynamo.ts';
import { startMs, track } from '../support/events.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let atMs = startMs;
beforeAll(async () => void (dynamo = await startDynamo()));
afterAll(() => dynamo.stop());
// Each test has products of its own.
let name = 0;
beforeEach(() => void (name += 1));
const id = (suffix: string | number) => `t${name}-${suffix}`;

const control = () => createControlStore(dynamo.documents, 'control');
const feedCatalogue = () => createFeedCatalogue(dynamo.documents, 'control');
/** Only the products of this test. */
const own = () => ({
  ...feedCatalogue(),
  async *products() {
    for await (const page of feedCatalogue().products()) yield page.filter((product) => product.id.startsWith(id('')));
  },
});
const rows = (list: { id: string; title?: string; price?: string; availability?: string }[]) =>
  ['id,title,price,availability', ...list.map(({ id: own, title = `Book ${own}`, price = '5.00 EUR', availability = '' }) => [own, title, price, availability].join(','))].join('\n');
async function* bytes(text: string) {
  yield Buffer.from(text);
}
const bring = (text: string, more: Partial<ImportOptions> = {}) => importFeed({ records: readFeed(bytes(text)), catalogue: own(), nowMs: (atMs += 1000), ...more });
const books = (count: number) => Array.from({ length: count }, (_, index) => ({ id: id(index) }));
const shown = (productId: string) => createCatalogue(control()).describe({ productId });

describe('the import of a feed', () => {
  test('writes what is new or different, and nothing else', async () => {
    expect(await bring(rows(books(30)))).toEqual({ items: 30, rejected: 0, written: 30, unchanged: 0, withdrawn: 0, writeUnits: 30 });
    expect(await bring(rows(books(30)))).toMatchObject({ written: 0, unchanged: 30, writeUnits: 0 });
    const cheaper = books(30).map((book, index) => (index === 7 ? { ...book, price: '4.00 EUR' } : book));
    expect(await bring(rows(cheaper))).toMatchObject({ written: 1, unchanged: 29, writeUnits: 1 });
    expect(await shown(id(7))).toMatchObject({ title: `Book ${id(7)}`, price: 4, currency: 'EUR' });
  });

  test('counts in a dry run what it would write, and writes nothing', async () => {
    expect(await bring(rows(books(3)), { isDryRun: true })).toMatchObject({ written: 3, writeUnits: 0 });
    expect(await control().product(id(0))).toBeUndefined();
  });

  test('withdraws what the feed has no more, and what is out of stock, and brings them back', async () => {
    await bring(rows(books(4)));
    expect(await bring(rows([...books(2), { id: id(2), availability: 'out of stock' }]))).toMatchObject({ written: 1, unchanged: 2, withdrawn: 1, writeUnits: 2 });
    expect([await shown(id(1)), await shown(id(2)), await shown(id(3))]).toEqual([expect.objectContaining({ price: 5 }), undefined, undefined]);
    expect(await bring(rows(books(2)))).toMatchObject({ withdrawn: 0, writeUnits: 0 });
    expect(await bring(rows(books(4)))).toMatchObject({ written: 2 });
    expect(await shown(id(3))).toMatchObject({ price: 5 });
  });

  test('leaves alone what no feed ever had, and with keepsOthers everything that it does not name', async () => {
    await control().saveProduct(id('event'), { details: { name: 'Said', price: 1 }, atMs });
    await bring(rows(books(3)));
    expect(await bring(rows(books(1)), { keepsOthers: true })).toMatchObject({ withdrawn: 0 });
    await bring(rows(books(3)));
    expect([await shown(id('event')), await shown(id(2))]).toMatchObject([{ title: 'Said' }, { price: 5 }]);
  });

  test('withdraws no products that stand in broken items, nor after a file that breaks off', async () => {
    await bring(rows(books(3)));
    const rejected: unknown[] = [];
    expect(await bring(rows([{ id: id(0) }, { id: id(1), price: 'free' }, { id: id(2) }]), { onRejected: (one) => rejected.push(one) })).toMatchObject({ rejected: 1, withdrawn: 0 });
    expect(rejected).toEqual([{ line: 3, id: id(1), problem: 'price "free": must be like 15.00 USD' }]);
    await expect(bring(`<rss><channel><item><id>${id(0)}</id><title>New</title></item>`)).rejects.toThrow('cut off');
    expect([await shown(id(1)), await shown(id(2))]).toMatchObject([{ price: 5 }, { price: 5 }]);
  });

  test('does not withdraw most of the catalogue unless it is told to', async () => {
    await bring(rows(books(24)));
    expect(await bring(rows(books(11)))).toMatchObject({ withdrawn: 0, refusedToWithdraw: 13 });
    expect(await shown(id(20))).toMatchObject({ price: 5 });
    expect(await bring(rows(books(11)), { mayWithdrawMost: true })).toMatchObject({ withdrawn: 13 });
    expect(await shown(id(20))).toBeUndefined();
  });

  test('refuses a feed without a product that can be used', async () => {
    await expect(bring('id,title\n')).rejects.toThrow('the feed has no items');
    await expect(bring('id,title\n,\n,x\n')).rejects.toThrow('none of the 2 items can be used');
  });

  test('takes the first of two items with one id', async () => {
    const rejected: { problem: string }[] = [];
    await bring(rows([{ id: id(0), title: 'First' }, { id: id(0), title: 'Second' }]), { onRejected: (one) => rejected.push(one) });
    expect([await shown(id(0)), rejected.map(({ problem }) => problem)]).toMatchObject([{ title: 'First' }, [`id "${id(0)}" is in the feed twice; the first one counts`]]);
  });

  test('keeps to its pace', async () => {
    const paced: number[] = [];
    await bring(rows(books(45)), { pace: async (count) => void paced.push(count) });
    expect(paced).toEqual([20, 20, 5]);
  });

  test('and an event about one product stand side by side: the later one counts, and reviews stay', async () => {
    const catalogue = createCatalogue(control());
    await bring(rows(books(1)));
    const reviews = [{ author: 'Ines', stars: 5, text: 'Good.' }];
    await catalogue.save(track('product_updated', (atMs += 1000), { product_id: id(0), price: 3, currency: 'EUR', rating: 4, reviews }));
    expect(await shown(id(0))).toMatchObject({ title: `Book ${id(0)}`, price: 3, rating: 4, reviews });
    // The feed speaks again: as it is the later one, its price counts. After that there is nothing to write.
    expect(await bring(rows(books(1)))).toMatchObject({ written: 1 });
    expect(await shown(id(0))).toMatchObject({ price: 5, rating: 4, reviews });
    expect(await bring(rows(books(1)))).toMatchObject({ written: 0 });
    // An old event that arrives late changes nothing.
    await catalogue.save(track('product_updated', startMs - 1, { product_id: id(0), price: 1 }));
    expect(await shown(id(0))).toMatchObject({ price: 5, rating: 4 });
  });
});

describe('the scheduled import', () => {
  const messages: [string, object | undefined][] = [];
  const logger = { info: (...line: [string, object?]) => void messages.push([line[0], line[1]]), warn: (...line: [string, object?]) => void messages.push([line[0], line[1]]), error: () => undefined };
  let content: { etag: string; text: string } | undefined;
  let opened = 0;
  const file: FeedFile = {
    newest: async () => content && { key: 'products/feed.csv', etag: content.etag, open: async () => ((opened += 1), bytes(content!.text)) },
  };
  let last: Awaited<ReturnType<ReturnType<typeof feedCatalogue>['lastFeed']>>;
  const run = () => createHandler({ file, catalogue: { ...own(), lastFeed: async () => last, noteFeed: async (note) => void (last = note) }, logger, now: () => atMs, pace: async () => {} })();
  beforeEach(() => {
    messages.length = 0;
    opened = 0;
    last = undefined;
    content = undefined;
  });

  test('waits for the first feed, and fails when a feed is gone', async () => {
    await run();
    expect(messages).toEqual([['no product feed yet', undefined]]);
    content = { etag: 'a', text: rows(books(1)) };
    await run();
    content = undefined;
    await expect(run()).rejects.toThrow('the product feed is gone');
  });

  test('reads a file once, until a sale in it begins or ends', async () => {
    content = { etag: 'a', text: `id,title,price,sale_price,sale_price_effective_date\n${id(0)},Sale,5.00 EUR,4.00 EUR,${new Date(atMs - 1000).toISOString()}/${new Date(atMs + 3_600_000).toISOString()}` };
    await run();
    expect(await shown(id(0))).toMatchObject({ price: 4 });
    await run();
    expect([opened, messages.at(-1)]).toEqual([1, ['product feed unchanged', { key: 'products/feed.csv' }]]);
    atMs += 3_600_000;
    await run();
    expect([opened, await shown(id(0))]).toMatchObject([2, { price: 5 }]);
  });

  test('counts items that are left out and names some, and fails for a file that cannot be used, which is tried again', async () => {
    content = { etag: 'a', text: rows([{ id: id(0) }, ...Array.from({ length: 30 }, (_, index) => ({ id: id(index + 1), price: 'x' }))]) };
    await run();
    expect(messages.filter(([message]) => message === 'item of the product feed left out')).toHaveLength(20);
    expect(messages.at(-1)).toEqual(['product feed imported', { key: 'products/feed.csv', items: 31, rejected: 30, written: 1, unchanged: 0, withdrawn: 0, writeUnits: 1 }]);
    content = { etag: 'b', text: 'sku\n1\n' };
    await expect(run()).rejects.toThrow('no column id');
    await expect(run()).rejects.toThrow('no column id');
  });

  test('fails for a feed that has lost most of its products, and withdraws none', async () => {
    content = { etag: 'a', text: rows(books(24)) };
    await run();
    content = { etag: 'b', text: rows(books(3)) };
    await expect(run()).rejects.toThrow('21 products are not in the feed any more');
    expect([await shown(id(20)), last?.etag]).toMatchObject([{ price: 5 }, 'a']);
  });
});

test('the catalogue remembers the last feed', async () => {
  await feedCatalogue().noteFeed({ etag: '"x"', atMs: 5, changesAtMs: 9 });
  expect(await feedCatalogue().lastFeed()).toMatchObject({ etag: '"x"', atMs: 5, changesAtMs: 9 });
});
