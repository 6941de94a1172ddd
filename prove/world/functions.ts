import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createCatalogue } from '../../lambdas/adapters/catalogue.ts';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { createCounters } from '../../lambdas/adapters/counters.ts';
import { createCouponStore } from '../../lambdas/adapters/coupon-store.ts';
import { createDeadLetters } from '../../lambdas/adapters/dead-letters.ts';
import type { Logger } from '../../lambdas/adapters/logger.ts';
import { createAccountRate } from '../../lambdas/adapters/mail/account-rate.ts';
import { createContactLog } from '../../lambdas/adapters/mail/contact-log.ts';
import { createInboxStore } from '../../lambdas/adapters/mail/inbox-store.ts';
import { createMailer } from '../../lambdas/adapters/mail/mailer.ts';
import { createSendRate } from '../../lambdas/adapters/mail/send-rate.ts';
import { createReturnRequests } from '../../lambdas/adapters/return-requests.ts';
import { createSendStore } from '../../lambdas/adapters/mail/send-store.ts';
import { createBacklog } from '../../lambdas/adapters/profiles/backlog.ts';
import { createProfileStore } from '../../lambdas/adapters/profiles/store.ts';
import { createStream } from '../../lambdas/adapters/stream.ts';
import { createPinnedThresholds, createThresholdSource } from '../../lambdas/adapters/threshold-source.ts';
import { createWaitStore } from '../../lambdas/adapters/wait-store.ts';
import { createWorkflows } from '../../lambdas/adapters/workflows.ts';
import { createHandler as processEvents } from '../../lambdas/process-events/handler.ts';
import { createHandler as recordFeedback } from '../../lambdas/record-feedback/handler.ts';
import { createHandler as recordWorkflowEnds } from '../../lambdas/record-workflow-ends/handler.ts';
import { createHandler as redeemCoupon } from '../../lambdas/redeem-coupon/handler.ts';
import { createHandler as refreshSegments } from '../../lambdas/refresh-segments/handler.ts';
import { createHandler as sendEmail } from '../../lambdas/send-email/handler.ts';
import { createHandler as unsubscribe } from '../../lambdas/unsubscribe/handler.ts';
import type { Container, FunctionShape, Handler } from '../aws/lambda.ts';
import { renderer, type Shop } from './shop.ts';

/** The SDK clients that a container has. */
export interface Clients {
  documents: DynamoDBDocumentClient;
  kinesis: KinesisClient;
  states: SFNClient;
  ses: SESv2Client;
  s3: S3Client;
}

export const arnPrefix = 'arn:aws:states:eu-west-1:000000000000:stateMachine:prove-';
export const publicUrl = 'https://api.example/prove';

/** No fault reaches the keys that sign links: functions read them from a parameter at most every five minutes. */
const signingKey = { keyId: '0badcafe', secret: 'of the simulator' };
const signingKeys = { signingKey: async () => signingKey, signingKeyById: async (keyId: string) => (keyId === signingKey.keyId ? signingKey : undefined) };

/** What the functions of the stack are: the product's handlers, wired as in their own index.ts, over clients of this world. */
export function functionsOf({ config, plan }: Shop, clientsOf: (container: Container) => Clients, random: () => number, log: Logger): FunctionShape[] {
  const build = (name: string, timeoutMs: number, make: (parts: ReturnType<typeof partsOf>, container: Container) => unknown): FunctionShape => ({
    name,
    timeoutMs,
    start: (container) => make(partsOf(container), container) as Handler,
  });
  const partsOf = (container: Container) => {
    const { documents, kinesis, states, ses, s3 } = clientsOf(container);
    const control = createControlStore(documents, 'control');
    const now = () => container.now();
    const sleep = (ms: number) => container.sleep(ms);
    return { documents, ses, s3, control, inboxes: createInboxStore(documents, 'control'), now, sleep, profiles: createProfileStore(documents, 'profiles', sleep), backlog: createBacklog(documents, 'profiles'), stream: createStream(kinesis, 'events', sleep), workflows: createWorkflows(states, arnPrefix, config.campaigns), waits: createWaitStore(documents, 'control') };
  };
  return [
    build('process-events', 60_000, ({ profiles, backlog, control, stream, workflows, waits, s3, now, sleep }) =>
      processEvents({ plan, store: profiles, backlog, workflows, waits, thresholds: createThresholdSource(control, config, now), stream, deadLetters: createDeadLetters(s3, 'letters'), catalogue: createCatalogue(control), logger: log, now, sleep }),
    ),
    build('refresh-segments', 240_000, ({ profiles, backlog, control, stream, workflows, waits, s3, now }) =>
      refreshSegments({ plan, store: profiles, backlog, workflows, waits, thresholds: createThresholdSource(control, config, now), stream, deadLetters: createDeadLetters(s3, 'letters'), logger: log, now }),
    ),
    build('send-email', 30_000, ({ documents, ses, profiles, control, inboxes, workflows, waits, now, sleep }) => {
      const { maxPerSecond } = config.contact;
      return sendEmail({
        plan,
        profiles,
        control,
        inboxes,
        signingKeys,
        thresholds: createPinnedThresholds(control, config),
        counters: createCounters(documents, 'control', random),
        rate: createSendRate({ client: documents, table: 'control', maxPerSecond: maxPerSecond === undefined ? createAccountRate({ ses, client: documents, table: 'control', logger: log, now }) : async () => maxPerSecond, now, sleep, random }),
        waits,
        workflows,
        catalogue: createCatalogue(control),
        contacts: createContactLog(documents, 'control'),
        coupons: createCouponStore(documents, 'control'),
        sends: createSendStore(documents, 'sends'),
        mailer: createMailer(ses, 'prove'),
        renderer,
        logger: log,
        publicUrl,
        now,
        newId: () => String(random()),
      });
    }),
    build('record-feedback', 30_000, ({ documents, control, inboxes, stream, now }) =>
      recordFeedback({ sends: createSendStore(documents, 'sends'), control, inboxes, limit: config.suppression, topicOf: (campaign) => config.campaigns[campaign]?.topic, stream, logger: log, now })),
    build('record-workflow-ends', 30_000, ({ stream, now }) => recordWorkflowEnds({ stream, logger: log, now })),
    build('unsubscribe', 10_000, ({ documents, ses, profiles, control, inboxes, stream, now }) =>
      unsubscribe({ config, control, inboxes, sends: createSendStore(documents, 'sends'), signingKeys, profiles, requests: createReturnRequests(documents, 'control'), mailer: createMailer(ses, 'prove'), publicUrl, stream, logger: log, now })),
    build('redeem-coupon', 10_000, ({ documents, profiles, stream, now }) => redeemCoupon({ coupons: createCouponStore(documents, 'control'), profiles, stream, logger: log, now })),
  ];
}
