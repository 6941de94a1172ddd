import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));

/** Environment of process-events. It runs most, so it carries no other function's. */
export const processEventsEnv = z.object({
  PROFILES_TABLE: text,
  CONTROL_TABLE: text,
  STREAM_NAME: text,
  DEAD_LETTER_BUCKET: text,
  /** Prefix of state machine ARNs; the campaign's state machine name follows. */
  STATE_MACHINE_ARN_PREFIX: text,
  /** Bus on which segment changes are published; there when the config asks for it. */
  EVENT_BUS: z.optional(text),
});
