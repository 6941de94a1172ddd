import { CreateStreamCommand } from '@aws-sdk/client-kinesis';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDeadLetters } from '../../lambdas/adapters/dead-letters.ts';
import { fold } from '../../lambdas/domain/fold/fold.ts';
import { emptyProfile } from '../../lambdas/domain/profile/profile.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import { storeInBucket } from '../../local/kinesis/failure-destination.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { openDeadLetters, type DeadLetterStore } from '../../tools/redrive/dead-letter-store.ts';
import { deadLetterPrefixes } from '../../tools/redrive/dead-letter.ts';
import { redrive, type RedriveOptions } from '../../tools/redrive/run.ts';
import { createPut, type Put } from '../../tools/stream/put.ts';
import { startEmulatorWorld, type EmulatorWorld } from '../support/emulators.ts';
import { bookstorePlan, envelopeOf, eventFrom, momentAt, startMs } from '../support/events.ts';
import { readStream, type ReadRecord } from '../support/stream.ts';

let world: EmulatorWorld;
let s3: S3Client;
let bucket: string;
let stream: string;
let count = 0;

beforeAll(async () => {
  world = await startEmulatorWorld();
  s3 = world.clients.s3;
});
afterAll(() => world.end());
beforeEach(async () => {
  count += 1;
  bucket = `letters-${count}`;
  stream = `events-${count}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await world.clients.kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 1 }));
});

const sound = (userId: string, more: Partial<Envelope> = {}) => envelopeOf({ event: 'purchase', userId }, more);
const reserved = (userId: string) => envelopeOf({ event: 'email_opened', userId }, { source: 'web' });
const base64 = (record: Envelope | string) => Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)).toString('base64');

const putAside = (record: Envelope | string, sequenceNumber: string, reason = 'a reason') =>
  createDeadLetters(s3, bucket).store({
    reason,
    sequenceNumber,
    partitionKey: `key-${sequenceNumber}`,
    data: base64(record),
    storedAtMs: startMs,
  });

/** As Lambda writes what it gave up. */
const giveUp = (records: (Envelope | string)[]) =>
  storeInBucket(
    {
      s3,
      bucket,
      clock: { nowMs: () => startMs } as never,
      mappingId: '11-22',
      functionArn: 'f',
      streamArn: 'arn:aws:kinesis:eu-west-1:0:stream/x',
      region: 'eu-west-1',
    },
    {
      shardId: 'shardId-000000000000',
      condition: 'RetryAttemptsExhausted',
      invokeCount: 10,
      records: records.map((record, index) => ({
        sequenceNumber: `${90 + index}`,
        partitionKey: `batch-${index}`,
        dataBase64: base64(record),
        arrivedAtMs: startMs,
      })),
    },
  );

async function keys(): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key }) => Key!);
}

const read = (): Promise<ReadRecord[]> => readStream(world.clients.kinesis, stream);

const run = (options: Partial<RedriveOptions> = {}) =>
  redrive({
    objects: openDeadLetters(s3, bucket),
    deadLetters: createDeadLetters(s3, bucket),
    put: createPut(world.clients.kinesis, stream),
    config,
    prefixes: deadLetterPrefixes,
    isDryRun: false,
    isForced: false,
    limit: Infinity,
    ...options,
  });

test('of a flood, what can go back goes, each with its reason, and the rest stays', async () => {
  const letters = Array.from({ length: 60 }, (_, place) => ({ reason: place % 2 === 0 ? 'even' : 'odd', sequenceNumber: String(100 + place), partitionKey: `key-${place}`, data: base64(place < 50 ? sound(`p${place}`) : reserved(`p${place}`)), storedAtMs: startMs }));
  await createDeadLetters(s3, bucket).storeAll(letters);
  expect(await keys()).toHaveLength(21);
  const outcome = await run();
  expect([outcome.letters, outcome.records, [...outcome.reasons]]).toEqual([21, 50, [['even', 25], ['odd', 25]]]);
  expect([...outcome.stillPoison.values()]).toEqual([10]);
  expect((await read()).map(({ partitionKey }) => partitionKey).sort()).toEqual(Array.from({ length: 50 }, (_, place) => `key-${place}`).sort());
  expect((await keys()).filter((key) => key.startsWith('poison/'))).toHaveLength(10);
  expect(await run()).toMatchObject({ letters: 0, records: 0 });
});

test('letters of both kinds go back byte for byte under their keys, and are moved', async () => {
  const spaced = `${JSON.stringify(sound('ana'))}  `;
  await putAside(spaced, '1', 'was wrong once');
  await giveUp([sound('ben'), sound('cem')]);
  const outcome = await run();
  expect(outcome).toMatchObject({ letters: 2, records: 3, stillPoison: new Map(), unreadable: new Map() });
  expect([...outcome.reasons]).toEqual([
    ['was wrong once', 1],
    ['given up by Lambda: RetryAttemptsExhausted', 2],
  ]);
  const records = await read();
  expect(records.map(({ partitionKey }) => partitionKey)).toEqual(['key-1', 'batch-0', 'batch-1']);
  expect(records[0]?.text).toBe(spaced);
  expect(await keys()).toEqual([
    expect.stringMatching(/^redriven\/aws\/lambda\/11-22\/shardId-000000000000\/2026\/03\/01\/2026-03-01T00\.00\.00-/),
    'redriven/poison/2026-03-01/1.json',
  ]);
  const moved = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'redriven/poison/2026-03-01/1.json' }));
  expect(JSON.parse(await moved.Body!.transformToString())).toMatchObject({ data: base64(spaced) });
  expect(await run()).toMatchObject({ letters: 0 });
});

describe('what would fail again', () => {
  beforeEach(async () => {
    await putAside(reserved('ana'), '1');
    await putAside('no JSON', '2');
    await putAside(envelopeOf({ event: 'product_updated' }, { source: 'web' }), '3');
    await putAside(sound('ana'), '4');
  });

  test('stays where it is and is counted with its present reason', async () => {
    const { letters, stillPoison } = await run();
    expect(letters).toBe(1);
    expect([...stillPoison]).toEqual([
      ['the event name email_opened is reserved', 1],
      ['not JSON', 1],
      ['product_updated needs a server key', 1],
    ]);
    expect(await read()).toHaveLength(1);
    expect((await keys()).filter((key) => key.startsWith('poison/'))).toHaveLength(3);
  });

  test('goes back by force', async () => {
    expect(await run({ isForced: true })).toMatchObject({ letters: 4, stillPoison: new Map() });
    expect((await read()).map(({ text }) => text)).toContain('no JSON');
    expect((await keys()).every((key) => key.startsWith('redriven/'))).toBe(true);
  });

  test('becomes letters of its own when the rest of its batch goes back', async () => {
    await giveUp([sound('ben'), reserved('ben')]);
    await run({ prefixes: ['aws/'] });
    expect((await read()).map(({ partitionKey }) => partitionKey)).toEqual(['batch-0']);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'poison/2026-03-01/91.json' }));
    expect(JSON.parse(await Body!.transformToString())).toMatchObject({
      partitionKey: 'batch-1',
      reason: 'the event name email_opened is reserved',
    });
    expect((await keys()).some((key) => key.startsWith('aws/'))).toBe(false);
  });
});

test('a dry run changes nothing and says the same', async () => {
  await putAside(sound('ana'), '1');
  await putAside(reserved('ana'), '2');
  const before = await keys();
  expect(await run({ isDryRun: true })).toMatchObject({ letters: 1, records: 1, stillPoison: new Map([[expect.any(String), 1]]) });
  expect(await keys()).toEqual(before);
  expect(await read()).toEqual([]);
});

test('a prefix and a limit choose among the letters', async () => {
  for (const number of ['11', '12', '13', '21']) await putAside(sound('ana'), number);
  expect(await run({ prefixes: ['poison/2026-03-01/1'], limit: 2 })).toMatchObject({ letters: 2, records: 2 });
  expect((await read()).map(({ partitionKey }) => partitionKey)).toEqual(['key-11', 'key-12']);
  expect(await run({ prefixes: ['poison/2026-03-01/1'] })).toMatchObject({ letters: 1 });
});

test('more letters than are held in memory all go', async () => {
  for (let number = 0; number < 45; number += 1) await putAside(sound(`u${number}`), `${number}`);
  expect(await run()).toMatchObject({ letters: 45, records: 45 });
  expect(await read()).toHaveLength(45);
});

test('a batch of more records than one call takes goes whole', async () => {
  await giveUp(Array.from({ length: 600 }, (_, index) => sound(`u${index}`)));
  expect(await run()).toMatchObject({ letters: 1, records: 600 });
  expect((await read()).map(({ partitionKey }) => partitionKey)).toEqual(Array.from({ length: 600 }, (_, index) => `batch-${index}`));
});

test('nothing is read beyond the limit, and what has gone meanwhile is no trouble', async () => {
  await putAside(sound('ana'), '1');
  const objects = openDeadLetters(s3, bucket);
  const beyond: DeadLetterStore = {
    ...objects,
    async *keys() {
      yield ['poison/2026-03-01/0.json', 'poison/2026-03-01/1.json'];
      yield ['beyond'];
    },
    read: (key) => (key === 'beyond' ? Promise.reject(new Error('read')) : objects.read(key)),
  };
  expect(await run({ objects: beyond, limit: 1 })).toMatchObject({ letters: 1, unreadable: new Map() });
});

describe('a crash', () => {
  /** Copies, then dies instead of deleting. */
  const mortal = (): DeadLetterStore => ({
    ...openDeadLetters(
      new Proxy(s3, {
        get: (target, name) =>
          name === 'send'
            ? (command: any) => (command instanceof DeleteObjectCommand ? Promise.reject(new Error('killed')) : target.send(command))
            : Reflect.get(target, name),
      }),
      bucket,
    ),
  });

  test('between the put and the deletion loses nothing, and the repetition counts once', async () => {
    await putAside(sound('ana'), '1');
    await putAside(envelopeOf({ event: 'purchase', messageId: undefined }, {}), '2');
    await expect(run({ objects: mortal() })).rejects.toThrow('killed');
    expect((await keys()).filter((key) => key.startsWith('poison/'))).toHaveLength(2);
    expect(await run()).toMatchObject({ letters: 2 });
    expect((await keys()).filter((key) => key.startsWith('redriven/'))).toHaveLength(2);
    const records = await read();
    expect(records).toHaveLength(4);
    const events = records.map(({ sequenceNumber, text }) => ({
      sequenceNumber,
      event: eventFrom(JSON.parse(text) as Envelope, config),
    }));
    expect(fold(bookstorePlan, emptyProfile('u#ana'), undefined, events, momentAt(startMs))).toMatchObject({ applied: 2, duplicates: 2 });
  });

  test('of the stream leaves every letter that it did not take', async () => {
    for (let number = 10; number < 50; number += 1) await putAside(sound('ana'), `${number}`);
    let calls = 0;
    const put: Put = async (records) => {
      calls += 1;
      if (calls === 2) throw new Error('stream is away');
      await createPut(world.clients.kinesis, stream)(records);
    };
    await expect(run({ put })).rejects.toThrow('stream is away');
    expect((await keys()).filter((key) => key.startsWith('poison/'))).toHaveLength(20);
    await run();
    expect(new Set((await read()).map(({ partitionKey }) => partitionKey)).size).toBe(40);
  });
});

test('what is no letter is counted and left alone', async () => {
  const bodies = {
    'poison/a': 'x',
    'poison/b': '[]',
    'poison/c': '{}',
    'poison/d': '{"reason":"r","storedAtMs":1,"partitionKey":"k","sequenceNumber":"1"}',
    'aws/lambda/a': '{}',
    'aws/lambda/b': '{"payload":"{\\"Records\\":7}"}',
    'aws/lambda/c': '{"payload":"{\\"Records\\":[null]}"}',
  };
  for (const [Key, Body] of Object.entries(bodies)) await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  const { letters, unreadable } = await run({ isForced: true });
  expect(letters).toBe(0);
  const problems = [
    'not JSON',
    'not a JSON object',
    'has no reason or storedAtMs',
    'a record has no data',
    'its payload is missing or not JSON',
    'its payload is no event of a Kinesis stream',
    'a record has no sequenceNumber',
  ];
  expect(unreadable).toEqual(new Map(problems.map((problem) => [problem, 1])));
  expect(await keys()).toHaveLength(7);
});
