import type { CatalogueStore } from '../adapters/catalogue.ts';
import type { ContactLogStore } from '../adapters/contact-log.ts';
import type { ControlStore } from '../adapters/control-store.ts';
import type { CouponStore } from '../adapters/coupon-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { Mailer } from '../adapters/mailer.ts';
import type { ProfileStore } from '../adapters/profile-store.ts';
import type { Counters } from '../adapters/counters.ts';
import type { SendRate } from '../adapters/send-rate.ts';
import type { PinnedThresholds } from '../adapters/threshold-source.ts';
import type { WaitStore } from '../adapters/wait-store.ts';
import type { Workflows } from '../adapters/workflows.ts';
import type { SendStore } from '../adapters/send-store.ts';
import type { Plan } from '../domain/plan.ts';
import type { Renderer } from '../domain/render.ts';

export interface Deps {
  plan: Plan;
  profiles: Pick<ProfileStore, 'load'>;
  control: Pick<ControlStore, 'isSuppressed' | 'optOuts' | 'signingKey' | 'campaignState'>;
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
}
