import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Batch } from '../../../local/kinesis/batch.ts';

interface Numbered {
  sequenceNumber: string;
}
const rules = { bisect: true, reportItemFailures: true, maxRetries: 2 };
const batch = (count: number, retries = 0): Batch<Numbered> => ({
  records: Array.from({ length: count }, (_, index) => ({ sequenceNumber: String(index) })),
  retries,
});
const numbers = ({ records }: Batch<Numbered>) => records.map(({ sequenceNumber }) => sequenceNumber);
const failed = (...numbers: unknown[]) => ({ ok: { batchItemFailures: numbers.map((itemIdentifier) => ({ itemIdentifier })) } });

describe('a batch that the function has answered', () => {
  it.each([[{ ok: undefined }], [{ ok: null }], [{ ok: {} }], [{ ok: { batchItemFailures: [] } }], [{ ok: { batchItemFailures: null } }]])(
    'is done after %j',
    (answer) => {
      expect(decide(batch(3), answer, rules)).toEqual({ next: [], discarded: [] });
    },
  );

  it('goes on from the lowest record that failed', () => {
    const { next, discarded } = decide(batch(5, 1), failed('4', '2'), rules);
    expect(next.map(numbers)).toEqual([['2', '3', '4']]);
    expect(next[0]?.retries).toBe(1);
    expect(discarded).toEqual([]);
  });

  it('counts as done when failures are reported and the mapping does not ask for them', () => {
    expect(decide(batch(2), failed('0'), { ...rules, reportItemFailures: false }).next).toEqual([]);
  });

  it.each([[{ error: new Error('x') }], [failed('9')], [failed('')], [failed(undefined)], [{ ok: { batchItemFailures: 'all' } }]])(
    'is split in two, without counting a retry, when it failed as a whole: %j',
    (answer) => {
      const { next } = decide(batch(3, 1), answer, rules);
      expect(next.map(numbers)).toEqual([['0', '1'], ['2']]);
      expect(next.map(({ retries }) => retries)).toEqual([1, 1]);
    },
  );

  it('is repeated whole when the mapping does not split', () => {
    const { next } = decide(batch(3), { error: new Error('x') }, { ...rules, bisect: false });
    expect(next).toEqual([{ ...batch(3), retries: 1 }]);
  });

  it('is repeated when its first record failed, and given up when its retries are used up', () => {
    expect(decide(batch(2, 1), failed('0'), rules).next.map(({ retries }) => retries)).toEqual([2]);
    expect(decide(batch(2, 2), failed('0'), rules)).toEqual({ next: [], discarded: batch(2).records });
  });

  it('is repeated for ever with -1 retries', () => {
    expect(decide(batch(1, 1_000), { error: new Error('x') }, { ...rules, maxRetries: -1 }).next).toHaveLength(1);
  });

  it('loses no record and keeps their order, until each was processed or given up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 11 })),
        fc.boolean(),
        fc.boolean(),
        (count, poison, reports, bisect) => {
          const done: string[] = [];
          const open = [batch(count)];
          for (let next = open.shift(); next; next = open.shift()) {
            const firstBad = next.records.findIndex(({ sequenceNumber }) => poison.includes(Number(sequenceNumber)));
            const answer =
              firstBad < 0 ? { ok: null } : reports ? failed(next.records[firstBad]!.sequenceNumber) : { error: new Error('x') };
            const decision = decide(next, answer, { ...rules, bisect });
            const rest = decision.next[0]?.records[0];
            done.push(...numbers(next).slice(0, rest ? next.records.indexOf(rest) : next.records.length));
            open.unshift(...decision.next);
          }
          expect(done).toEqual(numbers(batch(count)));
        },
      ),
    );
  });
});
