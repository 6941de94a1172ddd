import * as z from 'zod/mini';

/**
 * Bodies as API Gateway checks them: no more than the mapping templates need. What else a call must hold is looked at by the templates,
 * which can name the field, and by the function, which puts a bad event of a batch aside alone.
 */
export const callBody = z.object({});

/** The body of `POST /v1/batch`, `/v1/import` and `/beacon/v1/batch`. */
export const batchBody = z.object({
  /** Up to 500 calls. Each says its `type`; one that is wrong costs no other. */
  batch: z.array(z.object({})),
  /** When the client sent the request, by its own clock; for events that have none of their own. Anything but a text is ignored. */
  sentAt: z.optional(z.unknown()),
});

/**
 * What `Retry-After` says when a client sent too much. Segment's clients wait that long and retry for twelve hours. A bucket is full again after
 * five seconds, but a quota only at midnight UTC, so asking every minute would not help.
 */
export const retryAfterSeconds = { throttled: 5, quota: 900, notReady: 10, waf: 30 } as const;

/** JSON Schema (draft 4, as API Gateway models need it) of one call. */
export const callModel = (): Record<string, unknown> => ({ ...draft4(callBody), title: 'call' });

/** JSON Schema (draft 4) of a batch. */
export const batchModel = (): Record<string, unknown> => ({ ...draft4(batchBody), title: 'batch' });

function draft4(schema: z.ZodMiniType): Record<string, unknown> {
  return z.toJSONSchema(schema, { target: 'draft-04', io: 'input' }) as Record<string, unknown>;
}
