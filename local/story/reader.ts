import type { Mail } from '../ses/store.ts';
import { hourMs } from '../../lambdas/domain/time.ts';
import type { Shop } from './shop.ts';
import type { Habit } from './story.ts';

export interface ReaderAction {
  atMs: number;
  what: 'opens' | 'clicks' | 'buys' | 'unsubscribes';
  do(): Promise<void>;
}

/** What a person will do with an email: everything over HTTP, as their mail program and browser would. */
export function actionsFor(mail: Mail, userId: string, habit: Habit, shop: Shop): ReaderAction[] {
  const html = mail.html ?? '';
  const deeds: ReaderAction[] = [];
  const plan = (what: ReaderAction['what'], afterHours: number | undefined, action: (atMs: number) => Promise<void>) => {
    if (afterHours === undefined) return;
    const atMs = mail.sentAtMs + afterHours * hourMs;
    deeds.push({ atMs, what, do: () => action(atMs) });
  };
  plan('opens', habit.openAfterHours, () => visit(first(html, /<img alt="" src="([^"]+)"/g, 'tracking picture')));
  plan('clicks', habit.clickAfterHours, () => visit(first(html, /<a[^>]*\shref="([^"]+\/_ses\/click\/[^"]+)"/g, 'tracked link')));
  plan('buys', habit.buysAfterHours, (atMs) =>
    shop.send({ type: 'track', userId, event: 'purchase', messageId: `${mail.messageId}-bought`, timestamp: new Date(atMs).toISOString(), properties: { order_id: mail.messageId } }),
  );
  plan('unsubscribes', habit.unsubscribesAfterHours, async () => {
    const header = mail.headers.find(({ name }) => name === 'List-Unsubscribe')?.value ?? '';
    await visit(first(header, /<([^>]+)>/g, 'List-Unsubscribe address'), { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
  });
  return deeds;
}

function first(text: string, pattern: RegExp, name: string): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`the email has no ${name}`);
  return found.replaceAll('&amp;', '&');
}

/** A user agent that names itself as a program counts as one, and not as a reader. */
const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

async function visit(url: string, init: RequestInit = {}): Promise<void> {
  // The shop that the link leads to does not exist; the redirect is all that counts.
  const response = await fetch(url, { redirect: 'manual', headers: { 'user-agent': browser }, ...init });
  if (response.status >= 400) throw new Error(`${init.method ?? 'GET'} ${new URL(url).pathname}: ${response.status}`);
}
