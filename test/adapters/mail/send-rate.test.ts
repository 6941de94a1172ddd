import { GetAccountCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAccountRate } from '../../../lambdas/adapters/mail/account-rate.ts';
import { createSendRate } from '../../../lambdas/adapters/mail/send-rate.ts';
import { SendThrottled } from '../../../lambdas/domain/errors.ts';
import { startDynamo } from '../../support/dynamo.ts';
import { startMs } from '../../support/events.ts';
import { memoryDocuments } from '../../support/memory-dynamo.ts';
import { recordingLogger } from '../../support/fakes.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

describe('the send rate', () => {
  let firstMs = startMs;
  beforeEach(() => {
    // Each test has seconds of its own.
    firstMs += 3_600_000;
  });

  /** Many functions at once, each with its own clock, which sleeping moves on. @returns when each may send, in ms after the start */
  async function takers(count: number, max: number, afterMs: (index: number) => number = () => 0) {
    const taken = await Promise.allSettled(
      Array.from({ length: count }, async (_, index) => {
        let nowMs = firstMs + afterMs(index);
        const sleep = async (ms: number) => void (nowMs += ms);
        await createSendRate({ client: dynamo.documents, table: 'control', maxPerSecond: async () => max, now: () => nowMs, sleep, random: Math.random }).take();
        return nowMs - firstMs;
      }),
    );
    return {
      sendsAtMs: taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
      errors: taken.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : [])),
    };
  }
  const perSecond = (sendsAtMs: number[], windowMs = 1000) => {
    const counts: Record<number, number> = {};
    for (const atMs of sendsAtMs) counts[Math.floor(atMs / windowMs)] = (counts[Math.floor(atMs / windowMs)] ?? 0) + 1;
    return counts;
  };

  test('is never passed by many who take at once; those who find no place in the next seconds are refused', async () => {
    const { sendsAtMs, errors } = await takers(100, 14);
    expect(perSecond(sendsAtMs)).toEqual({ 0: 14, 1: 14, 2: 14 });
    expect(errors).toHaveLength(58);
    const inOrder = sendsAtMs.toSorted((a, b) => a - b);
    // At equal distances, so no second from any instant on has more.
    expect(inOrder.every((atMs, place) => place === 0 || atMs - (inOrder[place - 1] as number) >= 71)).toBe(true);
    for (const error of errors) expect(error).toBeInstanceOf(SendThrottled);
  });

  test('is never passed by those who come over time', async () => {
    const { sendsAtMs } = await takers(60, 5, (index) => (index % 12) * 250);
    expect(Math.max(...Object.values(perSecond(sendsAtMs)))).toBeLessThanOrEqual(5);
    expect(sendsAtMs.length).toBeGreaterThanOrEqual(25);
  });

  test('lets nobody wait longer than for those before them', async () => {
    expect((await takers(3, 5, () => 700)).sendsAtMs.toSorted((a, b) => a - b)).toEqual([700, 900, 1100]);
    expect((await takers(1, 5, () => 2700)).sendsAtMs).toEqual([2700]);
  });

  test('may be less than one a second', async () => {
    const { sendsAtMs, errors } = await takers(5, 0.5);
    expect(perSecond(sendsAtMs, 2000)).toEqual({ 0: 1, 1: 1 });
    expect(errors).toHaveLength(3);
  });
});

describe('the rate of the account', () => {
  function account(answers: (number | undefined | Error)[]) {
    const clock = { nowMs: startMs };
    const asked: unknown[] = [];
    const ses = {
      send: async (command: unknown) => {
        asked.push(command);
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return { SendQuota: { MaxSendRate: answer } };
      },
    } as unknown as SESv2Client;
    const { logger, lines } = recordingLogger();
    const client = memoryDocuments();
    const container = () => createAccountRate({ ses, client, table: 'control', logger, now: () => clock.nowMs });
    return { clock, asked, lines, container, rate: container() };
  }

  test('is what SES says, asked for every five minutes', async () => {
    const { clock, asked, rate } = account([14, 50]);
    expect([await rate(), await rate()]).toEqual([14, 14]);
    expect(asked).toEqual([expect.any(GetAccountCommand)]);
    clock.nowMs += 300_000;
    expect(await rate()).toBe(50);
  });

  test('is asked for once for all functions, however many start at once, and again after five minutes', async () => {
    const { clock, asked, container } = account([14, 50]);
    await container()();
    expect(await Promise.all(Array.from({ length: 1000 }, () => container()()))).toEqual(Array.from({ length: 1000 }, () => 14));
    clock.nowMs += 300_000;
    const rates = await Promise.all(Array.from({ length: 1000 }, () => container()()));
    // While one asks, the others go on with what was known.
    expect(new Set(rates)).toEqual(new Set([14, 50]));
    expect(await container()()).toBe(50);
    expect(asked).toHaveLength(2);
  });

  test('is one while SES does not say, and the last one known afterwards; SES is asked again after ten seconds', async () => {
    const { clock, asked, lines, container } = account([new Error('no'), 14, new Error('no'), 20]);
    const rates: number[] = [];
    for (const passMs of [0, 5000, 6000, 300_000, 5000, 6000]) {
      clock.nowMs += passMs;
      rates.push(await container()());
    }
    expect(rates).toEqual([1, 1, 14, 14, 14, 20]);
    expect(asked).toHaveLength(4);
    expect(lines.map(({ level, message, perSecond }) => [level, message, perSecond])).toEqual([
      ['warn', 'send rate of the account is not known', 1],
      ['warn', 'send rate of the account is not known', 14],
    ]);
  });
});

describe('a burst of 2,000 workflows that wake within one second, each in a function of its own', () => {
  /** As Step Functions retries SendThrottled in the state machines: full jitter up to a limit that doubles. */
  const retryAfterMs = (attempt: number, random: number) => random * Math.min(3600, 30 * 2 ** attempt) * 1000;

  test.each([14, 50, 500])('at %i emails a second costs hardly more writes than emails, and one question to SES in five minutes', async (max) => {
    const clock = { nowMs: startMs };
    const writes = new Map<string, number>();
    const client = memoryDocuments((command) => {
      const { Key } = (command as { input: { Key: { kind: string; id: string } } }).input;
      if (!(command instanceof UpdateCommand)) return;
      const second = `${Key.kind}/${Math.floor(clock.nowMs / 1000)}`;
      writes.set(second, (writes.get(second) ?? 0) + 1);
    });
    let asked = 0;
    const ses = { send: async () => ((asked += 1), { SendQuota: { MaxSendRate: max } }) } as unknown as SESv2Client;
    const random = seeded(max);
    const queue = Array.from({ length: 2000 }, () => ({ atMs: startMs + random() * 1000, attempt: 0 }));
    const sentAtMs: number[] = [];
    while (queue.length > 0) {
      queue.sort((a, b) => b.atMs - a.atMs);
      const { atMs, attempt } = queue.pop()!;
      clock.nowMs = Math.max(clock.nowMs, atMs);
      let waitedMs = 0;
      const sleep = async (ms: number) => void (waitedMs = ms);
      const maxPerSecond = createAccountRate({ ses, client, table: 'control', logger: recordingLogger().logger, now: () => clock.nowMs });
      try {
        await createSendRate({ client, table: 'control', maxPerSecond, now: () => clock.nowMs, sleep, random }).take();
        sentAtMs.push(clock.nowMs + waitedMs);
      } catch (error) {
        expect(error).toBeInstanceOf(SendThrottled);
        queue.push({ atMs: clock.nowMs + retryAfterMs(attempt, random()), attempt: attempt + 1 });
      }
    }
    const minutes = (Math.max(...sentAtMs) - startMs) / 60_000;
    const total = [...writes.values()].reduce((sum, count) => sum + count, 0);
    const perSecond = Map.groupBy(sentAtMs, (at) => Math.floor(at / 1000));
    expect(sentAtMs).toHaveLength(2000);
    expect(Math.max(...[...perSecond.values()].map((list) => list.length))).toBeLessThanOrEqual(max + Math.ceil(max / 100));
    // Three seconds ahead and the one that runs, in each partition, and twice the rate of the account.
    expect(Math.max(...writes.values())).toBeLessThanOrEqual(4 * Math.min(max, 100) + 2);
    expect(total).toBeLessThan(2000 * 1.1);
    expect(asked).toBeLessThanOrEqual(1 + Math.ceil(minutes / 5));
  });
});

/** Numbers in [0, 1) that are the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
