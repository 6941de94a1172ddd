import { text } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFeedFile } from '../../lambdas/adapters/feed-file.ts';
import { startEmulatorWorld, type EmulatorWorld } from '../support/emulators.ts';

let world: EmulatorWorld;
beforeAll(async () => void (world = await startEmulatorWorld(['feeds'])));
afterAll(() => world.end());
const put = (Key: string, Body: string) => world.clients.s3.send(new PutObjectCommand({ Bucket: 'feeds', Key, Body }));
const newest = (key: string) => createFeedFile(world.clients.s3, 'feeds', key).newest();

test('a key names one object, and a prefix its newest one that is not empty', async () => {
  expect([await newest('products/'), await newest('feed.xml')]).toEqual([undefined, undefined]);
  await put('products/a.xml', 'first');
  await put('products/', '');
  await put('productsold/z.xml', 'another');
  await put('feed.xml', 'named');
  const [named, first] = [await newest('feed.xml'), await newest('products/')];
  expect([named?.key, first?.key, await text(await first!.open())]).toEqual(['feed.xml', 'products/a.xml', 'first']);
  await put('products/0.xml', 'second');
  const second = await newest('products/');
  expect([second?.key, await text(await second!.open())]).toEqual(['products/0.xml', 'second']);
});

test('what is replaced while it is being read is not mixed up', async () => {
  await put('feed.xml', 'old');
  const found = await newest('feed.xml');
  await put('feed.xml', 'new');
  await expect(found!.open()).rejects.toMatchObject({ name: 'PreconditionFailed' });
});
