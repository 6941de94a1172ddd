import * as z from 'zod/mini';
import { parseEnv } from './parse-env.ts';
import { processEventsEnv } from './process-events-env.ts';

const text = z.string().check(z.minLength(1));
const url = z.url();
/** Name of the parameter that holds the keys which sign links. */
const SIGNING_KEYS = text;
/** Bus on which segment changes are published; there when the config asks for it. */
const EVENT_BUS = z.optional(text);

/** Environment of every function; `lib/` writes exactly these names. */
export const envSchemas = {
  'authorize-key': z.object({
    CONTROL_TABLE: text,
    /** Value of the API key for which requests of write keys count that have none of their own. */
    SHARED_WEB_KEY: text,
    SHARED_SERVER_KEY: text,
  }),
  'archive-events': z.object({ ARCHIVE_BUCKET: text }),
  'process-events': processEventsEnv,
  'refresh-segments': z.object({
    PROFILES_TABLE: text,
    CONTROL_TABLE: text,
    STREAM_NAME: text,
    DEAD_LETTER_BUCKET: text,
    STATE_MACHINE_ARN_PREFIX: text,
    EVENT_BUS,
  }),
  'send-email': z.object({
    PROFILES_TABLE: text,
    CONTROL_TABLE: text,
    SENDS_TABLE: text,
    CONFIGURATION_SET: text,
    SIGNING_KEYS,
    STATE_MACHINE_ARN_PREFIX: text,
    /** Is all mail of the stage held? */
    HOLD: z.enum(['true', 'false']),
    /** Base of links in emails that lead back to the API, such as unsubscribe; no trailing slash. */
    PUBLIC_URL: url,
  }),
  'record-feedback': z.object({ SENDS_TABLE: text, CONTROL_TABLE: text, STREAM_NAME: text }),
  'record-workflow-ends': z.object({ STREAM_NAME: text }),
  recalibrate: z.object({ PROFILES_TABLE: text, CONTROL_TABLE: text }),
  'build-report': z.object({
    PROFILES_TABLE: text,
    CONTROL_TABLE: text,
    SENDS_TABLE: text,
    DEAD_LETTER_BUCKET: text,
    REPORT_BUCKET: text,
    CONFIGURATION_SET: text,
    SIGNING_KEYS,
    /** Base of the link to the report; no trailing slash. */
    PUBLIC_URL: url,
  }),
  'open-report': z.object({ SIGNING_KEYS, REPORT_BUCKET: text }),
  unsubscribe: z.object({
    SIGNING_KEYS,
    CONTROL_TABLE: text,
    PROFILES_TABLE: text,
    SENDS_TABLE: text,
    STREAM_NAME: text,
    CONFIGURATION_SET: text,
    /** Base of the link in a confirmation; no trailing slash. */
    PUBLIC_URL: url,
  }),
  'answer-survey': z.object({ SIGNING_KEYS, PROFILES_TABLE: text, STREAM_NAME: text }),
  'import-products': z.object({ CONTROL_TABLE: text, FEED_BUCKET: text, /** An object, or a prefix that ends with `/`. */ FEED_KEY: text }),
  'redeem-coupon': z.object({ CONTROL_TABLE: text, PROFILES_TABLE: text, STREAM_NAME: text }),
} as const;

export type Stage = keyof typeof envSchemas;
export type Env<S extends Stage> = z.infer<(typeof envSchemas)[S]>;

/** Reads a function's environment; see `parseEnv`. */
export const readEnv = <S extends Stage>(stage: S, env: Record<string, string | undefined>): Env<S> => parseEnv(stage, envSchemas[stage] as unknown as z.ZodMiniType<Env<S>>, env);
