import { setTimeout as sleep } from 'node:timers/promises';
import { knownKey } from '../../lambdas/domain/events/event.ts';
import { dayMs } from '../../lambdas/domain/time.ts';
import type { Runtime } from '../runtime.ts';
import { actionsFor, type ReaderAction } from './reader.ts';
import { createShop, type Shop } from './shop.ts';
import { shifted, type Story, type StoryCall } from './story.ts';

export interface Progress {
  day: number;
  days: number;
  events: number;
  mails: number;
  running: number;
}

const lookEveryMs = 50;
const settleMs = 1500;
const historyMs = 20_000;

/**
 * Plays a month: the shop's events at their time, and what people do with the emails that they get. Returns when
 * the month is over, no workflow runs any more, and the last events have arrived.
 */
export async function play(written: Story, runtime: Runtime, onProgress: (progress: Progress) => void): Promise<{ events: number }> {
  const shop = createShop(runtime.url, runtime.keys);
  const isHistory = ({ timestamp }: StoryCall) => Date.parse(timestamp) <= written.startMs;
  await tellHistory(written.calls.filter(isHistory), shop, runtime);
  // A second of a cold start would be half a day here, so the month begins when everything is warm.
  const story = shifted(written, runtime.clock.nowMs());
  const endMs = story.startMs + story.days * dayMs;
  const calls = story.calls.slice(written.calls.filter(isHistory).length);
  const seen = new Set<string>();
  let deeds: ReaderAction[] = [];
  for (;;) {
    const nowMs = runtime.clock.nowMs();
    while (calls[0] && Date.parse(calls[0].timestamp) <= nowMs) await shop.send(calls.shift()!);
    for (const mail of runtime.mails()) {
      if (seen.has(mail.messageId)) continue;
      seen.add(mail.messageId);
      const userId = mail.to[0]?.split('@')[0] ?? '';
      const habit = story.readers[userId]?.[mail.tags.step ?? ''];
      if (habit) deeds.push(...actionsFor(mail, userId, habit, shop));
    }
    const due = deeds.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
    deeds = deeds.filter((deed) => !due.includes(deed));
    for (const deed of due) await deed.do();

    const running = runtime.executions().filter(({ status }) => status === 'RUNNING').length;
    onProgress({ day: Math.min((nowMs - story.startMs) / dayMs, story.days), days: story.days, events: shop.sent, mails: seen.size, running });
    if (nowMs >= endMs && calls.length === 0 && deeds.length === 0 && running === 0) break;
    if (nowMs >= endMs + 15 * dayMs) throw new Error(`half a month after the end, ${running} workflows still run and ${deeds.length} deeds are open`);
    await sleep(lookEveryMs);
  }
  await sleep(settleMs);
  return { events: shop.sent };
}

/** Sends what lies before the month, and waits until it has arrived. */
async function tellHistory(calls: readonly StoryCall[], shop: Shop, runtime: Runtime): Promise<void> {
  for (const call of calls) await shop.send(call);
  const expected = new Set(calls.flatMap(({ userId, event }) => (userId !== undefined && event !== 'product_updated' ? [knownKey(userId)] : [])));
  for (let waitedMs = 0; expected.size > 0; waitedMs += lookEveryMs) {
    for (const { userKey } of await runtime.people()) expected.delete(userKey);
    if (waitedMs > historyMs) throw new Error(`the history of ${[...expected].join(', ')} has not arrived within ${historyMs / 1000} s`);
    await sleep(lookEveryMs);
  }
}
