import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createCatalogue } from '../adapters/catalogue.ts';
import { documentClient, kinesisClient } from '../adapters/clients.ts';
import { createProductStore, createRulesInForce } from '../adapters/control-store.ts';
import { createDeadLetters } from '../adapters/dead-letters.ts';
import { createLogger } from '../adapters/logger.ts';
import { createBacklog } from '../adapters/profiles/backlog.ts';
import { createBatchStore } from '../adapters/profiles/store.ts';
import { createStream } from '../adapters/stream.ts';
import { createThresholdSource } from '../adapters/threshold-source.ts';
import { createTransitionBus } from '../adapters/transition-bus.ts';
import { createWorkflows } from '../adapters/workflows.ts';
import { createWaitStore } from '../adapters/wait-store.ts';
import { wrap } from '../adapters/wrap.ts';
import { compilePlan } from '../domain/plan/plan.ts';
import { parseEnv } from '../schemas/parse-env.ts';
import { processEventsEnv } from '../schemas/process-events-env.ts';
import { withSmokeTest } from '../schemas/smoke-test.ts';
import shop from '../../segue.config.ts';
import { createHandler } from './handler.ts';

const config = withSmokeTest(shop);
const env = parseEnv('process-events', processEventsEnv, process.env);
const documents = documentClient();

export const handler = wrap(
  'process-events',
  createHandler({
    plan: compilePlan(config),
    store: createBatchStore(documents, env.PROFILES_TABLE),
    backlog: createBacklog(documents, env.PROFILES_TABLE),
    workflows: createWorkflows(new SFNClient({}), env.STATE_MACHINE_ARN_PREFIX, config.campaigns),
    waits: createWaitStore(documents, env.CONTROL_TABLE),
    ...(env.EVENT_BUS !== undefined && { bus: createTransitionBus(new EventBridgeClient({}), env.EVENT_BUS) }),
    thresholds: createThresholdSource(createRulesInForce(documents, env.CONTROL_TABLE), config, Date.now),
    stream: createStream(kinesisClient(), env.STREAM_NAME),
    deadLetters: createDeadLetters(new S3Client({}), env.DEAD_LETTER_BUCKET),
    catalogue: createCatalogue(createProductStore(documents, env.CONTROL_TABLE)),
    logger: createLogger('process-events'),
    now: Date.now,
    sleep,
  }),
);
