import type { Logger } from '../adapters/logger.ts';
import type { SendStore } from '../adapters/mail/send-store.ts';
import { everything } from '../domain/profile/unsubscribed.ts';
import type { Change, Subscriptions } from './choice.ts';

interface Deps {
  sends: Pick<SendStore, 'revise'>;
  logger: Logger;
  now: () => number;
}

/**
 * Notes on the email that the person left something through it, once. Before anything is decided: a repetition after a fault would
 * find that they have left already. That a note fails keeps nobody in.
 */
export async function noteLeaving({ sends, logger, now }: Deps, sendId: string | undefined, standing: Subscriptions, change: Change): Promise<void> {
  if (sendId === undefined || !isNews(standing, change)) return;
  const atMs = now();
  try {
    await sends.revise(sendId, (record) => ({ ...record, unsubscribedAtMs: Math.min(record.unsubscribedAtMs ?? atMs, atMs) }));
  } catch (error) {
    logger.warn('leaving not noted on the email', { sendId, error: error instanceof Error ? error.name : 'unknown' });
  }
}

/** Does the person leave something that they had until now? */
const isNews = ({ stopped, left }: Subscriptions, { leaves }: Change): boolean => !stopped && leaves.some((topic) => topic === everything || !left.has(topic));
