import { createCalibrationStore } from '../adapters/calibration-store.ts';
import { documentClient } from '../adapters/clients.ts';
import { createControlStore } from '../adapters/control-store.ts';
import { createLogger } from '../adapters/logger.ts';
import { createProfilePages } from '../adapters/profiles/pages.ts';
import { createProfileStore } from '../adapters/profiles/store.ts';
import { wrap } from '../adapters/wrap.ts';
import { compilePlan } from '../domain/plan/plan.ts';
import { readEnv } from '../schemas/env.ts';
import config from '../../segue.config.ts';
import { createHandler } from './handler.ts';

const env = readEnv('recalibrate', process.env);
const documents = documentClient();

export const handler = wrap(
  'recalibrate',
  createHandler({
    plan: compilePlan(config),
    pages: createProfilePages(documents, env.PROFILES_TABLE),
    profiles: createProfileStore(documents, env.PROFILES_TABLE),
    store: createCalibrationStore(documents, env.CONTROL_TABLE),
    control: createControlStore(documents, env.CONTROL_TABLE),
    logger: createLogger('recalibrate'),
    now: Date.now,
    elapsedMs: () => performance.now(),
    // Of the 15 minutes that a function has.
    budgetMs: 12 * 60_000,
    parts: 32,
  }),
);
