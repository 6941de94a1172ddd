import type { CampaignState } from '../../lambdas/adapters/control-store.ts';
import type { Occurrence } from '../../lambdas/adapters/counters.ts';
import { createInboxStore } from '../../lambdas/adapters/mail/inbox-store.ts';
import type { Mail } from '../../lambdas/adapters/mail/mailer.ts';
import { addressHash } from '../../lambdas/domain/emails/address.ts';
import { createRenderer } from '../../lambdas/domain/emails/render.ts';
import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { fold } from '../../lambdas/domain/fold/fold.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { emptyContent } from '../../lambdas/domain/profile/content.ts';
import { emptyProfile } from '../../lambdas/domain/profile/profile.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { Deps } from '../../lambdas/send-email/deps.ts';
import { createHandler } from '../../lambdas/send-email/handler.ts';
import config from '../../examples/bookstore/segue.config.ts';
import emails from '../../examples/bookstore/emails/compiled.json' with { type: 'json' };
import { MemoryCoupons } from './coupons.ts';
import { bookstorePlan, cartWaitsHours, hourMs, identify, momentAt, sequenced, startMs, track } from './events.ts';
import { MemoryContactLog, MemoryProfiles, MemorySends, MemoryWaits, recordingLogger, Trouble } from './fakes.ts';
import { memoryDocuments } from './memory-dynamo.ts';

/** When the offer is due: two days after the book went into the cart. */
export const nowMs = startMs + cartWaitsHours[0] * hourMs;
export const signingKey = { keyId: '00000001', secret: 'test secret' };
export const hello = identify(startMs - hourMs, { email: 'ana@reader.example', first_name: 'Ana', marketing_consent: true, timezone: 'Europe/Berlin', locale: 'de-DE' });
export const added = track('add_to_cart', startMs, { product_id: 'b1', name: 'Middlemarch', price: 12.5, currency: 'EUR', url: 'https://lanternbooks.example/b1' });
const request = { campaign: 'abandoned_cart', userKey: 'u#ana', key: '-', entryAtMs: startMs, executionName: 'abandoned_cart-1', thresholdsVersion: 0, step: 'offer' };

const withReviews: Deps['catalogue'] = { describe: async (product) => ({ ...product, rating: 4.5, reviews: [{ author: 'Cem', stars: 5, text: 'I read it twice.' }], related: [] }) };

export const viewed = (id: string, atMs: number) => track('product_viewed', atMs, { product_id: id });

/** send-email for one person, after these events; what it calls is in memory. */
export function world(events: DomainEvent[] = [hello, added], sendTrouble = new Trouble(), contact: Partial<typeof config.contact> = {}, couponTrouble = new Trouble(), change: Partial<Config> = {}, catalogue: Deps['catalogue'] = withReviews) {
  const profiles = new MemoryProfiles();
  const sends = new MemorySends(sendTrouble);
  const contacts = new MemoryContactLog();
  const coupons = new MemoryCoupons([], couponTrouble);
  const clock = { nowMs };
  let attempts = 0;
  const rate: { failure?: Error; take: () => Promise<void> } = {
    take: async () => {
      if (rate.failure) throw rate.failure;
    },
  };
  const mails: Mail[] = [];
  const inboxes = createInboxStore(memoryDocuments(), 'control');
  const optedOut = new Set<string>();
  const counted: Occurrence[] = [];
  const states: { campaign: CampaignState } = { campaign: 'running' };
  const ses: { failure?: Error; sendsAnyway?: boolean } = {};
  const { logger, lines } = recordingLogger();
  const folded = fold(bookstorePlan, emptyProfile('u#ana'), emptyContent(), sequenced(events), momentAt(nowMs));
  const ready = (async () => {
    await profiles.saveProfile(folded.profile);
    await profiles.saveContent('u#ana', folded.content ?? emptyContent());
  })();
  const handle = createHandler({
    plan: compilePlan({ ...config, contact: { timeZone: 'UTC', maxDelayHours: 24, ...contact }, ...change }),
    profiles,
    contacts,
    coupons,
    sends,
    inboxes,
    control: { optOuts: async (userKey, topics) => ({ unsubscribedAtMs: Object.fromEntries(topics.flatMap((topic) => (optedOut.has(`${userKey}#${topic}`) ? [[topic, nowMs]] : []))), resubscribedAtMs: {} }), campaignState: async () => states.campaign },
    signingKeys: { signingKey: async () => signingKey },
    thresholds: { ofVersion: async () => initialThresholds(config) },
    counters: { add: async (occurrence) => void counted.push(occurrence) },
    rate: { take: () => rate.take() },
    waits: new MemoryWaits(),
    workflows: { resume: async () => {} },
    catalogue,
    mailer: {
      send: async (mail) => {
        if (ses.failure && !ses.sendsAnyway) throw ses.failure;
        mails.push(mail);
        if (ses.failure) throw ses.failure;
        return { messageId: `ses-${mails.length}` };
      },
    },
    renderer: createRenderer(emails),
    logger,
    publicUrl: 'https://api.example/dev',
    now: () => clock.nowMs,
    newId: () => `attempt-${(attempts += 1)}`,
  });
  const suppress = (address: string) => inboxes.suppress(addressHash(address), 'bounce', nowMs);
  return { suppress, handle: async (change: object = {}) => (await ready, handle({ ...request, ...change })), profiles, sends, contacts, coupons, clock, mails, inboxes, optedOut, ses, lines, ready, counted, states, rate };
}
