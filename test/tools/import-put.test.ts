import type { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, test } from 'vitest';
import { capLines } from '../../lambdas/domain/files/cap-lines.ts';
import { Meter } from '../../tools/import/meter.ts';
import { createPace } from '../../lambdas/adapters/pace.ts';
import type { OutRecord } from '../../tools/stream/batch.ts';
import { createPut } from '../../tools/stream/put.ts';

const record = (name: string): OutRecord => ({ PartitionKey: name, Data: Buffer.from(name) });

/** A stream that answers call after call as told: how many of its last records are refused, or an error; then takes all. */
function stream(answers: (number | Error)[]) {
  const accepted: string[] = [];
  const pauses: number[] = [];
  const client = {
    async send({ input }: PutRecordsCommand) {
      const answer = answers.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      const names = input.Records!.map(({ PartitionKey }) => PartitionKey!);
      const firstRefused = names.length - answer;
      accepted.push(...names.slice(0, firstRefused));
      return {
        Records: names.map((_, index) =>
          index < firstRefused
            ? { SequenceNumber: '1' }
            : { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' },
        ),
      };
    },
  } as unknown as KinesisClient;
  const refusals: string[] = [];
  const put = createPut(
    client,
    'events',
    (count, reason) => void refusals.push(`${count} ${reason}`),
    async (ms) => void pauses.push(ms),
  );
  return { accepted, pauses, refusals, put };
}

const named = (name: string, more: object = {}) => Object.assign(new Error('no'), { name, ...more });

describe('putting records', () => {
  test('repeats those that were refused, and only those', async () => {
    const { put, accepted, refusals } = stream([2, 1]);
    await put(['a', 'b', 'c', 'd'].map(record));
    expect(accepted).toEqual(['a', 'b', 'c', 'd']);
    expect(refusals).toEqual([
      '2 ProvisionedThroughputExceededException: Rate exceeded',
      '1 ProvisionedThroughputExceededException: Rate exceeded',
    ]);
  });

  test('waits longer from refusal to refusal, and never longer than 5 s', async () => {
    const { put, pauses } = stream(Array.from({ length: 10 }, () => 1));
    await put([record('a')]);
    expect(pauses).toHaveLength(10);
    pauses.forEach((ms, index) => {
      const full = Math.min(100 * 2 ** (index + 1), 5000);
      expect(ms).toBeGreaterThanOrEqual(full / 2);
      expect(ms).toBeLessThanOrEqual(full);
    });
  });

  test('slows down after refusals, and comes back to full speed', async () => {
    const { put, pauses } = stream([1, 1]);
    await put([record('a')]);
    pauses.length = 0;
    await put([record('b')]);
    expect(pauses).toEqual([expect.closeTo(45, 0)]);
    for (let count = 0; count < 40; count += 1) await put([record('c')]);
    pauses.length = 0;
    await put([record('d')]);
    expect(pauses).toEqual([]);
  });

  test.each([
    named('ProvisionedThroughputExceededException', { $metadata: { httpStatusCode: 400 } }),
    named('ServiceUnavailable', { $metadata: { httpStatusCode: 503 } }),
    named('Error', { code: 'ECONNRESET' }),
  ])('repeats a call that failed for a while: %s', async (error) => {
    const { put, accepted } = stream([error, error]);
    await put([record('a')]);
    expect(accepted).toEqual(['a']);
  });

  test('gives up at once when waiting does not help', async () => {
    const { put, pauses } = stream([named('ResourceNotFoundException', { $metadata: { httpStatusCode: 400 } })]);
    await expect(put([record('a')])).rejects.toThrow('no');
    expect(pauses).toEqual([]);
  });

  test('gives up when nothing is accepted for long, and not while something is', async () => {
    const never = stream(Array.from({ length: 20 }, () => 1));
    await expect(never.put([record('a')])).rejects.toThrow('stream events: 1 records were refused 14 times: Provisioned');
    const slow = stream(Array.from({ length: 29 }, (_, index) => 29 - index));
    await slow.put(Array.from({ length: 30 }, (_, index) => record(`${index}`)));
    expect(slow.accepted).toHaveLength(30);
  });
});

describe('lines', () => {
  const capped = async (chunks: string[], maxBytes: number) => {
    let text = '';
    for await (const chunk of capLines(buffers(chunks), maxBytes)) text += chunk.toString();
    return text;
  };
  async function* buffers(chunks: string[]) {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }

  test.each([
    [['ab\ncd\n'], 'ab\ncd\n'],
    [['abcdefgh\nab\n'], 'abcd\nab\n'],
    [['ab', 'cde', 'fgh', 'i\nabcde\n\nab'], 'abcd\nabcd\n\nab'],
    [['abcd\n', 'abcde'], 'abcd\nabcd'],
    [['\n\nabc', 'd', 'e\n', 'ab\n'], '\n\nabcd\nab\n'],
    [['a\nb\nc\nd'], 'a\nb\nc\nd'],
    [['ab\ncd', 'ef', 'gh\n'], 'ab\ncdef\n'],
  ])('%j are cut to four bytes each', async (chunks, expected) => {
    expect(await capped(chunks, 4)).toBe(expected);
  });
});

test('the pace is kept over time, and not made up for after a pause', async () => {
  let nowMs = 0;
  const pace = createPace(
    100,
    () => nowMs,
    async (ms) => void (nowMs += ms),
  );
  for (let count = 0; count < 11; count += 1) await pace(50);
  expect(nowMs).toBe(5_000);
  nowMs = 60_000;
  await pace(50);
  await pace(50);
  expect(nowMs).toBe(60_500);
});

test('the meter tells the rate and the time that is left, from where this run began', () => {
  let nowMs = 0;
  const meter = new Meter(() => nowMs);
  nowMs = 1_000;
  expect(meter.detail(500, 0.5)).toBe('500 events, 500 a second');
  nowMs = 10_000;
  expect(meter.detail(5_000, 0.6)).toBe('5000 events, 500 a second, 40 s left');
  nowMs = 100_000;
  expect(meter.detail(5_000, 0.51)).toBe('5000 events, 50 a second, 82 min left');
  expect(meter.detail(5_000, undefined)).toBe('5000 events, 50 a second');
});
