import { StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import emails from '../examples/bookstore/emails/compiled.json' with { type: 'json' };
import { createCatalogue } from '../lambdas/adapters/catalogue.ts';
import { createContactLog } from '../lambdas/adapters/mail/contact-log.ts';
import { createInboxStore } from '../lambdas/adapters/mail/inbox-store.ts';
import { createControlStore } from '../lambdas/adapters/control-store.ts';
import { createCounters } from '../lambdas/adapters/counters.ts';
import { createCouponStore } from '../lambdas/adapters/coupon-store.ts';
import { createLogger } from '../lambdas/adapters/logger.ts';
import type { Mail } from '../lambdas/adapters/mail/mailer.ts';
import { createBacklog } from '../lambdas/adapters/profiles/backlog.ts';
import { createProfileStore } from '../lambdas/adapters/profiles/store.ts';
import { createSendRate } from '../lambdas/adapters/mail/send-rate.ts';
import { createSendStore } from '../lambdas/adapters/mail/send-store.ts';
import type { Stream } from '../lambdas/adapters/stream.ts';
import { createPinnedThresholds, createThresholdSource } from '../lambdas/adapters/threshold-source.ts';
import { createWaitStore } from '../lambdas/adapters/wait-store.ts';
import { createWorkflows } from '../lambdas/adapters/workflows.ts';
import { compilePlan } from '../lambdas/domain/plan/plan.ts';
import { createRenderer } from '../lambdas/domain/emails/render.ts';
import { createHandler as createProcessEvents } from '../lambdas/process-events/handler.ts';
import { createHandler as createRecordFeedback } from '../lambdas/record-feedback/handler.ts';
import type { Envelope } from '../lambdas/schemas/event.ts';
import { createHandler as createRecordWorkflowEnds } from '../lambdas/record-workflow-ends/handler.ts';
import { sendAnswer, workflowInput, type SendAnswer, type WorkflowInput } from '../lambdas/schemas/workflow.ts';
import { createHandler as createSendEmail } from '../lambdas/send-email/handler.ts';
import { mailEvent, type MailEventType } from '../local/ses/events.ts';
import config from '../examples/bookstore/segue.config.ts';
import { statusEvent } from '../local/step-functions/status-event.ts';
import { startDynamo } from '../test/support/dynamo.ts';
import { kinesisEvent } from '../test/support/kinesis.ts';
import { meter, type Consumption } from './dynamo-world.ts';

/** What was asked of AWS since it was counted last. */
export interface Counted extends Consumption {
  processEventsRuns: number;
  sendEmailRuns: number;
  recordFeedbackRuns: number;
  recordWorkflowEndsRuns: number;
  /** Of the lines that the functions themselves wrote. */
  logBytes: number;
  /** Calls of SES. */
  emails: number;
  /** What the functions put into the stream. */
  streamRecords: number;
  executions: number;
}

/** An email as SES received it. */
export interface SentMail extends Mail {
  messageId: string;
  sentAtMs: number;
}

const place = { region: 'us-east-1', accountId: '000000000000', apiUrl: 'https://api.example/prod' };
const nobody = async () => {};
const nothing: Omit<Counted, keyof Consumption> = { processEventsRuns: 0, sendEmailRuns: 0, recordFeedbackRuns: 0, recordWorkflowEndsRuns: 0, logBytes: 0, emails: 0, streamRecords: 0, executions: 0 };
/** SES stamps a message a little before its answer arrives. */
const answerMs = 40;

/** Segue's functions with their own stores over DynamoDB's wire protocol; SES, Step Functions and Kinesis take what they get, and count. */
export async function emailWorld(startMs: number) {
  const { documents, stop } = await startDynamo();
  const clock = { nowMs: startMs };
  const now = () => clock.nowMs;
  const counter = meter(documents);
  const control = createControlStore(documents, 'control');
  const sends = createSendStore(documents, 'sends');
  const store = createProfileStore(documents, 'profiles');
  const catalogue = createCatalogue(control);
  const waits = createWaitStore(documents, 'control');
  const plan = compilePlan(config);
  let inStream: Envelope[] = [];
  const stream: Stream = {
    async put(events) {
      inStream.push(...events.map(({ envelope }) => envelope));
      counted.streamRecords += events.length;
    },
  };
  const mails: SentMail[] = [];
  const executions: WorkflowInput[] = [];
  let counted = { ...nothing };
  const logger = createLogger('bench', (line) => void (counted.logBytes += Buffer.byteLength(line) + 1));
  const stepFunctions = {
    async send(command: object) {
      if (!(command instanceof StartExecutionCommand)) throw new Error(`nobody expected ${command.constructor.name}`);
      executions.push(workflowInput.parse(JSON.parse(command.input.input ?? '')));
      counted.executions += 1;
    },
  } as unknown as SFNClient;
  const workflows = createWorkflows(stepFunctions, 'arn:aws:states:us-east-1:000000000000:stateMachine:segue-prod-', config.campaigns);

  const processEvents = createProcessEvents({ plan, store, workflows, waits, stream, deadLetters: { store: nobody, storeAll: nobody }, catalogue, thresholds: createThresholdSource(control, config, now), logger, now, backlog: createBacklog(documents, 'profiles'), sleep: nobody });
  const inboxes = createInboxStore(documents, 'control');
  const recordFeedback = createRecordFeedback({ sends, control, inboxes, limit: config.suppression, topicOf: () => undefined, stream, logger, now });
  const recordWorkflowEnds = createRecordWorkflowEnds({ stream, logger, now });
  const sendEmail = createSendEmail({
    plan,
    profiles: store,
    control,
    inboxes,
    // In one parameter, which a function reads at most every five minutes.
    signingKeys: { signingKey: async () => ({ keyId: '0badcafe', secret: 'of a benchmark' }) },
    thresholds: createPinnedThresholds(control, config),
    counters: createCounters(documents, 'control', () => 0),
    // As many as the account may send: who has to wait for a place writes once more.
    rate: createSendRate({ client: documents, table: 'control', maxPerSecond: async () => 1000, now, sleep: nobody, random: () => 0 }),
    waits,
    workflows,
    catalogue,
    contacts: createContactLog(documents, 'control'),
    coupons: createCouponStore(documents, 'control'),
    sends,
    mailer: {
      async send(mail) {
        const messageId = `0100019a-${String(mails.length).padStart(12, '0')}-000000`;
        mails.push({ ...mail, messageId, sentAtMs: now() - answerMs });
        counted.emails += 1;
        return { messageId };
      },
    },
    renderer: createRenderer(emails),
    logger,
    publicUrl: place.apiUrl,
    now,
    newId: () => 'attempt-0000-0000-0000-000000000000',
  });
  let sequence = 1;

  return {
    clock,
    control,
    executions,
    mails,
    stop,
    /** Gives a batch of the stream to process-events. @throws Error when it does not take all of it */
    async process(batch: readonly Envelope[]): Promise<void> {
      counted.processEventsRuns += 1;
      const { batchItemFailures } = await processEvents(kinesisEvent(batch, sequence));
      if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} people failed`);
      sequence += batch.length;
    },
    /** Runs a step as Step Functions would. @throws Error when no email goes out */
    async send(input: WorkflowInput, step: string): Promise<SendAnswer> {
      counted.sendEmailRuns += 1;
      const answer = sendAnswer.parse(await sendEmail({ ...input, step }));
      if (answer.outcome !== 'sent') throw new Error(`${step}: ${JSON.stringify(answer)}`);
      return answer;
    },
    /** Passes on an SES event. */
    async tell(type: MailEventType, mail: SentMail, detail: Record<string, unknown>): Promise<void> {
      counted.recordFeedbackRuns += 1;
      await recordFeedback(mailEvent(type, asSesHasIt(mail), now(), place, detail));
    },
    /** Step Functions tells that an execution has ended. */
    async end(input: WorkflowInput): Promise<void> {
      counted.recordWorkflowEndsRuns += 1;
      const { executionName: name, campaign, entryAtMs: startedAtMs } = input;
      const ended = { status: 'SUCCEEDED', output: '{}', atMs: now() } as const;
      await recordWorkflowEnds(statusEvent({ arn: name, name, machineArn: campaign, machineName: campaign, status: 'SUCCEEDED', input: JSON.stringify(input), startedAtMs, ended, history: [], transitions: 0 }, place));
    },
    /** What the functions have put into the stream, each record once. */
    fromStream(): Envelope[] {
      const records = inStream;
      inStream = [];
      return records;
    },
    take(): Counted {
      const taken = { ...counter.take(), ...counted };
      counted = { ...nothing };
      return taken;
    },
  };
}

function asSesHasIt({ messageId, sentAtMs, from, to, subject, headers, tags }: SentMail): Parameters<typeof mailEvent>[1] {
  return {
    messageId,
    sentAtMs,
    from: `"${from.name}" <${from.address}>`,
    to: [to],
    subject,
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    configurationSet: 'segue-prod',
    tags,
    links: [],
    outcome: 'delivered',
    openCount: 0,
    clicked: [],
  };
}
