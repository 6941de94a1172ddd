import type { CatalogueStore } from '../adapters/catalogue.ts';
import type { ContactLogStore } from '../adapters/contact-log.ts';
import type { ControlStore } from '../adapters/control-store.ts';
import type { CouponStore } from '../adapters/coupon-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { Mailer } from '../adapters/mailer.ts';
import type { ProfileStore } from '../adapters/profile-store.ts';
import type { SendStore } from '../adapters/send-store.ts';
import type { Renderer } from '../domain/render.ts';
import type { Config } from '../schemas/config.ts';

export interface Deps {
  config: Config;
  profiles: Pick<ProfileStore, 'load'>;
  control: Pick<ControlStore, 'isSuppressed' | 'hasOptedOut' | 'signingKey'>;
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
