import { beforeEach, describe, expect, test } from 'vitest';
import { SendRejected, SendThrottled } from '../../../lambdas/domain/errors.ts';
import { sendIdOf } from '../../../lambdas/domain/campaigns/send-id.ts';
import { Trouble } from '../../support/fakes.ts';
import { added, hello, nowMs, world } from '../../support/send-world.ts';

describe('an email goes once', () => {
  let w: ReturnType<typeof world>;
  beforeEach(() => {
    w = world();
  });

  test('sends once, however often the step is repeated', async () => {
    await w.handle();
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
    await Promise.all([w.handle({ step: 'offer' }), w.handle()]);
    expect(w.mails).toHaveLength(1);
  });

  test('sends once when the same step runs several times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => w.handle()));
    expect(w.mails).toHaveLength(1);
    expect(answers.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'sent'));
  });

  test.each([new SendThrottled('slow down'), new SendRejected('not verified')])('gives the claim back when SES certainly did not send: $name', async (failure) => {
    w.ses.failure = failure;
    await expect(w.handle()).rejects.toBe(failure);
    expect(w.sends.records.size).toBe(0);
    delete w.ses.failure;
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
  });

  test.each([true, false])('never sends again after a lost answer, whether SES had sent (%s)', async (sendsAnyway) => {
    Object.assign(w.ses, { failure: Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }), sendsAnyway });
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: false });
    delete w.ses.failure;
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: false });
    expect(w.mails).toHaveLength(sendsAnyway ? 1 : 0);
    await w.sends.revise(sendIdOf('abandoned_cart-1', 'offer'), (record) => ({ ...record, sentAtMs: nowMs, deliveredAtMs: nowMs + 1000 }));
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
  });

  test('sends at most once with trouble at any call to the send table', async () => {
    for (let call = 1; call <= 4; call += 1) {
      for (const kind of ['before', 'after'] as const) {
        const { handle, mails } = world([hello, added], new Trouble([[call, kind]]));
        for (let attempt = 0; attempt < 3; attempt += 1) await handle().catch(() => {});
        expect(mails.length, `trouble ${kind} call ${call}`).toBeLessThanOrEqual(1);
        // Only a claim whose answer was lost leaves nobody mailed.
        if (!(call === 2 && kind === 'after')) expect(mails).toHaveLength(1);
      }
    }
  });

  test('sends nothing while the account has no place for it, and comes back for it', async () => {
    w.rate.failure = new SendThrottled('places are taken');
    await expect(w.handle()).rejects.toBe(w.rate.failure);
    expect([w.mails.length, w.sends.records.size]).toEqual([0, 0]);
    delete w.rate.failure;
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
  });
});
