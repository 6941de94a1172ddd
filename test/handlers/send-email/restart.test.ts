import { describe, expect, test } from 'vitest';
import { sendIdOf } from '../../../lambdas/domain/campaigns/send-id.ts';
import { hourMs, startMs, track } from '../../support/events.ts';
import { Trouble } from '../../support/fakes.ts';
import { added, hello, nowMs, world } from '../../support/send-world.ts';

const touched = (hours: number) => track('add_to_cart', startMs + hours * hourMs, { product_id: 'b2', name: 'Emma' }, { messageId: `touch-${hours}` });

/** The workflow that the profile has itself entered. */
async function touchedWorld(...hours: number[]) {
  const w = world([hello, added, ...hours.map(touched)], new Trouble(), { maxDelayHours: 24 });
  await w.ready;
  const executionName = Object.keys(w.profiles.profile('u#ana').runs).map((id) => w.profiles.profile('u#ana').runs[id]?.executionName)[0] ?? '';
  return { ...w, executionName, send: (step = 'offer') => w.handle({ executionName, step }) };
}

describe('an email about a cart', () => {
  test('waits until the cart was left alone for its time, and is not late then', async () => {
    const w = await touchedWorld(40);
    const untilMs = startMs + 88 * hourMs;
    expect(await w.send()).toEqual({ outcome: 'deferred', until: new Date(untilMs).toISOString() });
    expect(w.counted).toEqual([]);
    w.clock.nowMs = untilMs;
    expect(await w.send()).toMatchObject({ outcome: 'sent' });
    // Later by the wait that began anew, and within the time of the reminder.
    w.clock.nowMs = untilMs + 72 * hourMs;
    await w.sends.revise(sendIdOf(w.executionName, 'offer'), (record) => ({ ...record, clickedAtMs: untilMs }));
    expect(await w.send('reminder')).toMatchObject({ outcome: 'sent' });
  });

  test('goes at once when nothing was touched, or only within a minute', async () => {
    expect(await (await touchedWorld()).send()).toMatchObject({ outcome: 'sent' });
    expect(await (await touchedWorld(1 / 120)).send()).toMatchObject({ outcome: 'sent' });
  });

  test('that was sent is not sent again, and the next one does not wait for a touch', async () => {
    const w = await touchedWorld();
    await w.send();
    await w.sends.revise(sendIdOf(w.executionName, 'offer'), (record) => ({ ...record, clickedAtMs: nowMs }));
    const profile = w.profiles.profile('u#ana');
    const [[id, run] = []] = Object.entries(profile.runs);
    await w.profiles.saveProfile({ ...profile, runs: { [id as string]: { ...run!, restartedAtMs: startMs + 119 * hourMs } } });
    w.clock.nowMs = startMs + 120 * hourMs;
    expect(await w.send('reminder')).toMatchObject({ outcome: 'sent' });
    expect(w.mails).toHaveLength(2);
  });
});
