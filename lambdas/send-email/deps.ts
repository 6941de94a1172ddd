import type { CatalogueStore } from '../adapters/catalogue.ts';
import type { ContactLogStore } from '../adapters/mail/contact-log.ts';
import type { ControlStore } from '../adapters/control-store.ts';
import type { CouponStore } from '../adapters/coupon-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { InboxStore } from '../adapters/mail/inbox-store.ts';
import type { Mailer } from '../adapters/mail/mailer.ts';
import type { ProfileStore } from '../adapters/profiles/profile-store.ts';
import type { Counters } from '../adapters/counters.ts';
import type { SendRate } from '../adapters/mail/send-rate.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import type { PinnedThresholds } from '../adapters/threshold-source.ts';
import type { WaitStore } from '../adapters/wait-store.ts';
import type { Workflows } from '../adapters/workflows.ts';
import type { SendStore } from '../adapters/mail/send-store.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { Renderer } from '../domain/emails/render.ts';

export interface Deps {
  plan: Plan;
  profiles: Pick<ProfileStore, 'load'>;
  control: Pick<ControlStore, 'optOuts' | 'campaignState'>;
  inboxes: Pick<InboxStore, 'read'>;
  signingKeys: Pick<SigningKeys, 'signingKey'>;
  thresholds: PinnedThresholds;
  counters: Pick<Counters, 'add'>;
  rate: SendRate;
  waits: WaitStore;
  workflows: Pick<Workflows, 'resume'>;
  catalogue: Pick<CatalogueStore, 'describe'>;
  contacts: ContactLogStore;
  coupons: Pick<CouponStore, 'create' | 'extend'>;
  sends: SendStore;
  mailer: Mailer;
  renderer: Renderer;
  logger: Logger;
  publicUrl: string;
  now: () => number;
  /** A new random id. */
  newId: () => string;
}
