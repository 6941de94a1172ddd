import { beforeEach, describe, expect, test } from 'vitest';
import { SendRejected, SendThrottled } from '../../../lambdas/domain/errors.ts';
import { hourMs, identify, startMs } from '../../support/events.ts';
import { Trouble } from '../../support/fakes.ts';
import { added, hello, nowMs, world } from '../../support/send-world.ts';

describe('caps', () => {
  /** Two workflows that wake at once, each with a clock of its own, whose writes meet in the log. */
  test.each([0, 5000, -5000, 120_000, -120_000])('let one of two through whose clocks are %d ms apart', async (apartMs) => {
    const one = world([hello, added], new Trouble(), { maxPerDay: 1 });
    const other = world([hello, added], new Trouble(), { maxPerDay: 1 });
    other.clock.nowMs += apartMs;
    // One log for both; whoever reads first, waits for the other to have read as well.
    other.contacts.logs.clear();
    const read = one.contacts.read.bind(one.contacts);
    other.contacts.read = read;
    other.contacts.add = one.contacts.add.bind(one.contacts);
    const answers = await Promise.all([one.handle(), other.handle({ executionName: 'abandoned_cart-2' })]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['deferred', 'sent']);
    expect(one.mails.length + other.mails.length).toBe(1);
  });

  test('are of the address, whoever has it and however it is written', async () => {
    const one = world([hello, added], new Trouble(), { maxPerDay: 1 });
    const twin = world([identify(startMs - hourMs, { email: ' ANA@Reader.Example', marketing_consent: true }), added], new Trouble(), { maxPerDay: 1 });
    twin.contacts.read = one.contacts.read.bind(one.contacts);
    twin.contacts.add = one.contacts.add.bind(one.contacts);
    expect((await one.handle()).outcome).toBe('sent');
    expect((await twin.handle({ executionName: 'welcome-2' })).outcome).toBe('deferred');
    expect([...one.contacts.logs.keys()].join()).not.toContain('reader.example');
  });

  test('count an email at the time when it goes, not when it was tried first', async () => {
    const w = world([hello, added], new Trouble(), { maxPerDay: 1 });
    w.ses.failure = new SendRejected('no');
    await expect(w.handle()).rejects.toThrow(SendRejected);
    delete w.ses.failure;
    w.clock.nowMs += 20 * hourMs;
    expect((await w.handle()).outcome).toBe('sent');
    expect([...w.contacts.logs.values()].flatMap(({ emails }) => emails.map(({ atMs }) => atMs))).toEqual([nowMs + 20 * hourMs]);
  });
});

test('who loses the write of the log looks again by a clock that has gone on, and takes the place of that time', async () => {
  const w = world([hello, added], new Trouble(), { maxPerDay: 1 });
  const add = w.contacts.add.bind(w.contacts);
  let writes = 0;
  w.contacts.add = async (...given) => {
    writes += 1;
    if (writes > 1) return add(...given);
    w.clock.nowMs += 5000;
    return false;
  };
  expect((await w.handle()).outcome).toBe('sent');
  expect([...w.contacts.logs.values()].flatMap(({ emails }) => emails.map(({ atMs }) => atMs))).toEqual([nowMs + 5000]);
});

describe('the time of an email', () => {
  let w: ReturnType<typeof world>;
  beforeEach(() => {
    w = world();
  });

  test('finds its own place under the caps again when it comes back', async () => {
    const capped = world(undefined, undefined, { maxPerDay: 1 });
    capped.ses.failure = new SendThrottled('slow down');
    await expect(capped.handle()).rejects.toBe(capped.ses.failure);
    delete capped.ses.failure;
    expect(await capped.handle()).toMatchObject({ outcome: 'sent' });
    expect(await capped.handle({ executionName: 'other' })).toMatchObject({ outcome: 'deferred' });
  });

  test('puts an email off to the end of the quiet hours of the person, and sends it then', async () => {
    const quiet = world([hello, added], new Trouble(), { quietHours: { fromHour: 23, toHour: 9 } });
    // 00:00 UTC is 01:00 in Berlin.
    const morningMs = nowMs + 8 * hourMs;
    expect(await quiet.handle()).toEqual({ outcome: 'deferred', until: new Date(morningMs).toISOString() });
    expect([quiet.mails, quiet.sends.records.size]).toEqual([[], 0]);
    quiet.clock.nowMs = morningMs;
    expect(await quiet.handle()).toMatchObject({ outcome: 'sent' });
  });

  test('holds the cap over all workflows of a person, and counts a repeated step once', async () => {
    const capped = world([hello, added], new Trouble(), { maxPerDay: 1 });
    await capped.handle();
    await capped.handle();
    expect(await capped.handle({ executionName: 'another' })).toEqual({ outcome: 'deferred', until: new Date(nowMs + 24 * hourMs).toISOString() });
    expect([...capped.contacts.logs.values()].flatMap(({ emails }) => emails)).toHaveLength(1);
    const both = world([hello, added], new Trouble(), { maxPerDay: 1 });
    const answers = await Promise.all([both.handle({ executionName: 'one' }), both.handle({ executionName: 'two' })]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['deferred', 'sent']);
  });

  test('does not send what has become too late, or would', async () => {
    w.clock.nowMs = startMs + 73 * hourMs;
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'too-late' });
    const quiet = world([hello, added], new Trouble(), { quietHours: { fromHour: 23, toHour: 9 }, maxDelayHours: 6 });
    expect(await quiet.handle()).toEqual({ outcome: 'skipped', reason: 'too-late' });
  });
});
