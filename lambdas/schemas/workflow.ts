import * as z from 'zod/mini';

/** What a workflow execution starts with: ids only, so that the execution history holds no personal data. */
export const workflowInput = z.object({
  campaign: z.string(),
  userKey: z.string(),
  /** Separates two workflows of one person in one campaign, such as two carts; `-` when the campaign has no key. */
  key: z.string(),
  entryAtMs: z.number(),
  executionName: z.string(),
});
export type WorkflowInput = z.infer<typeof workflowInput>;

/** What a state machine passes to send-email. */
export const sendRequest = z.extend(workflowInput, { step: z.string() });
export type SendRequest = z.infer<typeof sendRequest>;

export const skipReasons = [
  'exited',
  'not-clicked',
  'no-profile',
  'no-address',
  'no-consent',
  'unsubscribed',
  'suppressed',
  'no-content',
  'too-late',
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** What send-email answers; the state machine branches on `outcome`. */
export const sendAnswer = z.discriminatedUnion('outcome', [
  /** `confirmed: false`: the answer of the email provider was lost; it counts as sent, so that nobody is mailed twice. */
  z.object({ outcome: z.literal('sent'), sendId: z.string(), atMs: z.number(), confirmed: z.boolean() }),
  z.object({ outcome: z.literal('skipped'), reason: z.enum(skipReasons) }),
  z.object({ outcome: z.literal('deferred'), until: z.iso.datetime() }),
]);
export type SendAnswer = z.infer<typeof sendAnswer>;
