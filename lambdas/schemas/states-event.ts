import * as z from 'zod/mini';

/** The part of a Step Functions status change that Segue reads, as EventBridge delivers it when an execution has ended. */
export const executionStatusChange = z.looseObject({
  source: z.literal('aws.states'),
  detail: z.looseObject({
    name: z.string(),
    status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
    /** Milliseconds since 1970. */
    stopDate: z.number(),
    /** JSON; null when it is too large for the event, which a workflow's never is. */
    input: z.optional(z.nullable(z.string())),
    error: z.optional(z.nullable(z.string())),
  }),
});
export type ExecutionStatusChange = z.infer<typeof executionStatusChange>;
