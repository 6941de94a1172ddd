import * as z from 'zod/mini';

/** What a workflow execution starts with: ids only, so that the execution history holds no personal data. */
export const workflowInput = z.object({
  campaign: z.string(),
  userKey: z.string(),
  /** Separates two workflows of one person in one campaign, such as two carts; `-` when the campaign has no key. */
  key: z.string(),
  entryAtMs: z.number(),
  executionName: z.string(),
  /** Thresholds that were in force at the entry; rules of this workflow keep to them. */
  thresholdsVersion: z._default(z.number(), 0),
});
export type WorkflowInput = z.infer<typeof workflowInput>;

/** What a state machine passes to send-email to send an email. */
export const sendRequest = z.extend(workflowInput, { step: z.string() });
export type SendRequest = z.infer<typeof sendRequest>;
/** To be told which way to go. */
export const branchRequest = z.extend(workflowInput, { branch: z.string() });
export type BranchRequest = z.infer<typeof branchRequest>;
/** To go on at an event; sent with a task token. */
export const waitRequest = z.extend(workflowInput, { wait: z.string(), token: z.string() });
export type WaitRequest = z.infer<typeof waitRequest>;

export const skipReasons = [
  'exited',
  'paused',
  'stopped',
  'not-clicked',
  'rule',
  'no-profile',
  'no-address',
  'no-consent',
  'unsubscribed',
  'suppressed',
  'no-content',
  'unknown-product',
  'too-late',
  'holdout',
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** What a trait of the person said that could not be read, so that the email went by the shop's default; counted as skips are. */
export type UnreadTrait = 'unknown-time-zone' | 'unknown-locale';

/** What a state machine passes to send-email. */
export const workflowRequest = z.union([waitRequest, branchRequest, sendRequest]);

/** The state machine branches on `to`. */
export interface BranchAnswer {
  outcome: 'branch';
  to: string;
}
export interface WaitAnswer {
  outcome: 'waiting';
}

/** What send-email answers; the state machine branches on `outcome`. */
export const sendAnswer = z.discriminatedUnion('outcome', [
  /** `confirmed: false`: the answer of the email provider was lost; it counts as sent, so that nobody is mailed twice. */
  z.object({ outcome: z.literal('sent'), sendId: z.string(), atMs: z.number(), confirmed: z.boolean() }),
  z.object({ outcome: z.literal('skipped'), reason: z.enum(skipReasons) }),
  z.object({ outcome: z.literal('deferred'), until: z.iso.datetime() }),
]);
export type SendAnswer = z.infer<typeof sendAnswer>;
