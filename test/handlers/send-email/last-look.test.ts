import { describe, expect, test } from 'vitest';
import { SendThrottled } from '../../../lambdas/domain/errors.ts';
import { Trouble } from '../../support/fakes.ts';
import { added, hello, nowMs, world } from '../../support/send-world.ts';

describe('the last look, after the wait for a place in the send rate', () => {
  test.each<[string, (w: ReturnType<typeof world>) => Promise<unknown> | unknown, string]>([
    ['an unsubscribe', (w) => w.optedOut.add('u#ana#offers'), 'unsubscribed'],
    ['a complaint', (w) => w.suppress('ana@reader.example'), 'suppressed'],
    ['a purchase', async (w) => w.profiles.saveProfile({ ...w.profiles.profile('u#ana'), exits: { abandoned_cart: nowMs } }), 'exited'],
    ['a stop of the campaign', (w) => (w.states.campaign = 'stopped'), 'stopped'],
  ])('%s in between counts', async (_what, happens, reason) => {
    const w = world();
    w.rate.take = async () => {
      await happens(w);
      w.clock.nowMs += 3000;
    };
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason });
    expect([w.mails, [...w.sends.records]]).toEqual([[], []]);
    expect([...w.contacts.logs]).toEqual([]);
  });

  test('is not even begun for who gets nothing anyway: places are for emails', async () => {
    const w = world();
    await w.suppress('ana@reader.example');
    let taken = 0;
    w.rate.take = async () => void (taken += 1);
    await w.handle();
    expect(taken).toBe(0);
  });

  test('tells alarms when there is no place, and leaves the place under the cap free', async () => {
    const w = world([hello, added], new Trouble(), { maxPerDay: 1 });
    w.rate.take = async () => Promise.reject(new SendThrottled('all taken'));
    await expect(w.handle()).rejects.toThrow(SendThrottled);
    expect(w.lines.filter(({ level }) => level === 'error')).toEqual([expect.objectContaining({ message: 'cannot send', error: 'SendThrottled' })]);
    expect([...w.contacts.logs]).toEqual([]);
  });
});
