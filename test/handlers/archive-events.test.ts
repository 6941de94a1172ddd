import { execFileSync } from 'node:child_process';
import type { KinesisStreamEvent } from 'aws-lambda';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createArchive } from '../../lambdas/adapters/archive.ts';
import { createHandler } from '../../lambdas/archive-events/handler.ts';
import { archiveObject } from '../../lambdas/archive-events/object.ts';

/** A record as Lambda's documentation shows it (https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-example.html). */
const documented = (data: string, sequenceNumber = '49590338271490256608559692538361571095921575989136588898') => ({
  kinesis: { kinesisSchemaVersion: '1.0', partitionKey: '1', sequenceNumber, data: Buffer.from(data).toString('base64'), approximateArrivalTimestamp: 1545084650.987 },
  eventSource: 'aws:kinesis',
  eventVersion: '1.0',
  eventID: `shardId-000000000006:${sequenceNumber}`,
  eventName: 'aws:kinesis:record',
  invokeIdentityArn: 'arn:aws:iam::123456789012:role/lambda-role',
  awsRegion: 'us-east-2',
  eventSourceARN: 'arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream',
});
const second = '49590338271490256608559692540925702759324208523137515618';
const event = (...texts: string[]): KinesisStreamEvent => ({ Records: texts.map((text, index) => documented(text, index === 0 ? undefined : second)) });

function world(failing = false) {
  const objects = new Map<string, Buffer>();
  const send = async ({ input }: { input: { Bucket: string; Key: string; Body: Buffer } }) => {
    if (failing) throw Object.assign(new Error('Please reduce your request rate.'), { name: 'SlowDown' });
    objects.set(`${input.Bucket}/${input.Key}`, input.Body);
  };
  return { objects, handle: createHandler({ archive: createArchive({ send } as never, 'archive') }) };
}

describe('a batch of the stream', () => {
  test('becomes one object that gzip itself reads, below the hour in which its first record arrived', async () => {
    const { objects, handle } = world();
    await handle(event('{"a":"é"}', '{"b":2}'));
    const [[key, bytes] = ['', Buffer.of()]] = objects;
    expect(key).toBe(`archive/events/2018/12/17/22/49590338271490256608559692538361571095921575989136588898-${second}-shardId-000000000006.gz`);
    expect(execFileSync('gzip', ['-dc'], { input: bytes, encoding: 'utf8' })).toBe('{"a":"é"}\n{"b":2}\n');
  });

  test('overwrites its object when it is repeated, and is named by what is in it', async () => {
    const { objects, handle } = world();
    await handle(event('{"a":1}', '{"b":2}'));
    await handle(event('{"a":1}', '{"b":2}'));
    expect(objects.size).toBe(1);
    await handle(event('{"a":1}'));
    expect(objects.size).toBe(2);
  });

  test('is delivered again when S3 does not take it', async () => {
    await expect(world(true).handle(event('{"a":1}'))).rejects.toThrow('reduce your request rate');
  });

  test('that is empty makes no object', async () => {
    const { objects, handle } = world();
    await handle({ Records: [] });
    expect(objects.size).toBe(0);
  });

  test('has one line for each record, from which the same JSON comes, however it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.json(), fc.constantFrom(0, 2, '\r\n')), { minLength: 1 }), (given) => {
        const texts = given.map(([text, space]) => JSON.stringify(JSON.parse(text), undefined, space));
        const lines = archiveObject(texts.map((text) => documented(text))).lines.split('\n');
        expect(lines.pop()).toBe('');
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(texts.map((text) => JSON.parse(text) as unknown));
      }),
    );
  });

  test('sorts by time, whatever the length of sequence numbers', () => {
    const keys = ['9', '10', '100'].map((sequenceNumber) => archiveObject([documented('{}', sequenceNumber)]).key);
    expect(keys.toSorted()).toEqual(keys);
  });
});
