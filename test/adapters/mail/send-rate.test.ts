import { GetAccountCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAccountRate } from '../../../lambdas/adapters/mail/account-rate.ts';
import { createSendRate } from '../../../lambdas/adapters/mail/send-rate.ts';
import { SendThrottled } from '../../../lambdas/domain/errors.ts';
import { startDynamo } from '../../support/dynamo.ts';
import { startMs } from '../../support/events.ts';
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
        await createSendRate({ client: dynamo.documents, table: 'control', maxPerSecond: async () => max, now: () => nowMs, sleep }).take();
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
    expect(perSecond(sendsAtMs)).toEqual({ 0: 14, 1: 14, 2: 14, 3: 14 });
    expect(errors).toHaveLength(44);
    for (const error of errors) expect(error).toBeInstanceOf(SendThrottled);
  });

  test('is never passed by those who come over time', async () => {
    const { sendsAtMs } = await takers(60, 5, (index) => (index % 12) * 250);
    expect(Math.max(...Object.values(perSecond(sendsAtMs)))).toBeLessThanOrEqual(5);
    expect(sendsAtMs.length).toBeGreaterThanOrEqual(25);
  });

  test('lets nobody wait while there is room', async () => {
    expect((await takers(3, 5, () => 700)).sendsAtMs).toEqual([700, 700, 700]);
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
    const client = {
      send: async (command: unknown) => {
        asked.push(command);
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return { SendQuota: { MaxSendRate: answer } };
      },
    } as unknown as SESv2Client;
    const { logger, lines } = recordingLogger();
    return { clock, asked, lines, rate: createAccountRate(client, logger, () => clock.nowMs) };
  }

  test('is what SES says, asked for every five minutes', async () => {
    const { clock, asked, rate } = account([14, 50]);
    expect([await rate(), await rate()]).toEqual([14, 14]);
    expect(asked).toEqual([expect.any(GetAccountCommand)]);
    clock.nowMs += 300_000;
    expect(await rate()).toBe(50);
  });

  test('is one while SES does not say, and the last one known afterwards', async () => {
    const { clock, lines, rate } = account([new Error('no'), 0, 14, new Error('no')]);
    const rates: number[] = [];
    for (let call = 0; call < 4; call += 1) {
      rates.push(await rate());
      clock.nowMs += 300_000;
    }
    expect(rates).toEqual([1, 1, 14, 14]);
    expect(lines.map(({ level, message, perSecond }) => [level, message, perSecond])).toEqual([
      ['warn', 'send rate of the account is not known', 1],
      ['warn', 'send rate of the account is not known', 14],
    ]);
  });
});
