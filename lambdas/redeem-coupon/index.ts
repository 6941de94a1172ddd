import { documentClient, kinesisClient } from '../adapters/clients.ts';
import { createCouponStore } from '../adapters/coupon-store.ts';
import { createLogger } from '../adapters/logger.ts';
import { createProfileStore } from '../adapters/profiles/store.ts';
import { createStream } from '../adapters/stream.ts';
import { wrap } from '../adapters/wrap.ts';
import { readEnv } from '../schemas/env.ts';
import { createHandler } from './handler.ts';

const env = readEnv('redeem-coupon', process.env);
const documents = documentClient();

export const handler = wrap(
  'redeem-coupon',
  createHandler({
    coupons: createCouponStore(documents, env.CONTROL_TABLE),
    profiles: createProfileStore(documents, env.PROFILES_TABLE),
    stream: createStream(kinesisClient(), env.STREAM_NAME),
    logger: createLogger('redeem-coupon'),
    now: Date.now,
  }),
);
