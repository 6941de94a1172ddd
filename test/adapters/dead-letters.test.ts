import { ListObjectsV2Command, S3Client, type PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countDeadLetters } from '../../lambdas/adapters/dead-letter-count.ts';
import { createDeadLetters, type DeadLetter } from '../../lambdas/adapters/dead-letters.ts';

const letter = (place: number): DeadLetter => ({ reason: `reason ${place % 3}`, sequenceNumber: String(1000 + place), partitionKey: 'p', data: 'e30=', storedAtMs: Date.parse('2026-11-05T10:00:00Z') });
const some = (count: number) => Array.from({ length: count }, (_, place) => letter(place));

function bucket() {
  const objects = new Map<string, string>();
  const send = async (command: object) => {
    if (command instanceof ListObjectsV2Command) return { Contents: [...objects.keys()].filter((key) => key.startsWith(command.input.Prefix ?? '')).map((Key) => ({ Key })) };
    const { Key = '', Body } = (command as PutObjectCommand).input;
    objects.set(Key, String(Body));
    return {};
  };
  const client = Object.assign(Object.create(S3Client.prototype) as S3Client, { send });
  const held = () => [...objects.values()].flatMap((body) => { const json = JSON.parse(body) as DeadLetter | { letters: DeadLetter[] }; return 'letters' in json ? json.letters : [json]; });
  return { objects, client, held, letters: createDeadLetters(client, 'letters') };
}

describe('dead letters of a batch', () => {
  test('are kept whole, each once, in few objects, and are counted by themselves', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 500 }), async (count) => {
        const { objects, client, held, letters } = bucket();
        for (let times = 0; times < 2; times += 1) await letters.storeAll(some(count));
        expect(held().sort((a, b) => Number(a.sequenceNumber) - Number(b.sequenceNumber))).toEqual(some(count));
        expect(objects.size).toBe(Math.min(count, 21));
        expect(await countDeadLetters(client, 'letters', '2026-11')).toEqual({ unreadable: count, failed: 0 });
      }),
      { numRuns: 60 },
    );
  });

  test('have objects of their own while they are few, and the rest of many lies in one', async () => {
    const { objects, letters } = bucket();
    await letters.storeAll(some(3));
    expect([...objects.keys()]).toEqual(['poison/2026-11-05/1000.json', 'poison/2026-11-05/1001.json', 'poison/2026-11-05/1002.json']);
    await letters.storeAll(some(200));
    expect(objects.has('poison/2026-11-05/1020-1199-x180.json')).toBe(true);
  });

  // The alarm on the share of dead letters counts objects.
  test('are never so few objects that a share of one percent goes unnoticed', async () => {
    for (const count of [5, 20, 21, 22, 50, 500]) {
      const { objects, letters } = bucket();
      await letters.storeAll(some(count));
      expect(objects.size / 500).toBeGreaterThanOrEqual(Math.min(count, 5) / 500);
    }
  });
});
