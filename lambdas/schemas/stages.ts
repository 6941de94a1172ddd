import * as z from 'zod/mini';
import { en } from 'zod/locales';
import { keyLimitsSchema } from './key-limits.ts';
import { pathText, valueText } from './problem-text.ts';

z.config(en());

const productFeed = z.strictObject({
  /** The bucket of the feed, in the stage's region; left out, the stage has one of its own. */
  bucket: z.optional(z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'))),
  /** The object; or a prefix that ends with `/`, of which the newest object counts. */
  key: z._default(z.string().check(z.minLength(1), z.maxLength(500), z.regex(/^[^*?${}]+$/, 'must be a key or a prefix, without * ? $ { }')), 'products/'),
  /** How often it is looked at. A file that has not changed is not read again. */
  everyHours: z._default(z.int().check(z.gte(1), z.lte(168)), 6),
});

const hostName = z.string().check(z.regex(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'must be a host name such as events.example.com'));

const domain = z.strictObject({
  /** Of the API, such as events.example.com. */
  name: hostName,
  /** Of a certificate for the name, in the region of the stage. Without it one is made, which needs the hosted zone. */
  certificateArn: z.optional(z.string().check(z.regex(/^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/, 'must be the ARN of a certificate in Certificate Manager'))),
  /** Of Route 53. The name's records, and those that prove it for the certificate, are made in it. */
  hostedZone: z.optional(z.strictObject({ id: z.string().check(z.regex(/^Z[A-Z0-9]{4,31}$/, 'must be the id of a hosted zone, such as Z0123456789ABC')), name: hostName })),
}).check(
  z.refine(({ certificateArn, hostedZone }) => certificateArn !== undefined || hostedZone !== undefined, 'needs certificateArn or hostedZone'),
  z.refine(({ name, hostedZone }) => hostedZone === undefined || name === hostedZone.name || name.endsWith(`.${hostedZone.name}`), 'name must lie in the hosted zone'),
);

const addressRange = z.string().check(z.regex(/^([\d.]+|[0-9a-f:]+)\/\d{1,3}$/i, 'must be a range of addresses such as 203.0.113.0/24'));

/** A web ACL in front of the API. */
export const wafSchema = z.strictObject({
  /** An address that sends more within five minutes gets 429 until it sends less. AWS looks about every ten seconds. */
  requestsPerFiveMinutesPerAddress: z.int().check(z.gte(10), z.lte(2_000_000_000)),
  /** Ranges that are not counted, such as those of your own servers, which all send from a few addresses. */
  exceptAddresses: z._default(z.array(addressRange), []),
});

/** One deployment. */
export const stageSchema = z.strictObject({
  /** Where it is deployed, such as eu-west-1; the region of the AWS credentials when it is left out. */
  region: z.optional(z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-west-1'))),
  /** Twelve digits. A deployment with credentials of another account is refused. */
  account: z.optional(z.string().check(z.regex(/^\d{12}$/, 'must be an account id of twelve digits, in quotes'))),
  /** Of the event stream; each takes 1,000 events or 1 MB a second. AWS at most doubles or halves their number in one deployment. */
  shards: z._default(z.int().check(z.gte(1), z.lte(200)), 1),
  /** Gets a mail from each alarm. Without it, alarms only show in the CloudWatch console. */
  alarmEmail: z.optional(z.email()),
  /** How long the stream keeps events, from 24 hours to a year. Each hour beyond 24 costs 0.02 USD for each shard, and gives time to repair a consumer. */
  streamRetentionHours: z._default(z.int().check(z.gte(24), z.lte(8760)), 24),
  /** X-Ray traces of functions and workflows. Requests are not traced: the paths of links are tokens. Traces cost more than the work that they show when there is little load. */
  tracing: z._default(z.boolean(), false),
  /** Keeps all events in S3, where a replay, `npm run person` and changed rules find them. `false` writes no more; what is there stays for `retention.archiveDays`. */
  archive: z._default(z.boolean(), true),
  /** Imports a product feed on a schedule; `{}` takes the newest file below `products/` in a bucket of the stage's own. */
  productFeed: z.optional(productFeed),
  /** Holds all mail: workflows wait as those of a paused campaign do. */
  hold: z._default(z.boolean(), false),
  /** A name of your own for the API, which links in mail lead to. */
  domain: z.optional(domain),
  /** Limits of write keys that have none of their own (`npm run keys -- create --per-second`), for each key. The defaults grow with the shards. */
  keyLimits: z._default(z.strictObject({ web: z.optional(keyLimitsSchema), server: z.optional(keyLimitsSchema) }), {}),
  /** A limit for each address, by AWS WAF. It costs 6 USD a month and 0.60 for a million requests. */
  waf: z.optional(wafSchema),
});

/** No hyphens: grants on `segue-<stage>-*` must not reach into a stage whose name begins with this one. */
export const stageNamePattern = /^[a-z][a-z0-9]{0,19}$/;

const stageName = z.string().check(z.regex(stageNamePattern, 'must be 1 to 20 lower-case letters and digits, starting with a letter'));
const stagesSchema = z.record(stageName, stageSchema).check(z.refine((stages) => Object.keys(stages).length > 0, 'must describe at least one stage'));

export type ProductFeed = z.output<typeof productFeed>;
export type Stage = z.output<typeof stageSchema>;
export type Stages = Readonly<Record<string, Stage>>;

/** Stages that cannot be deployed; the message has one line for each thing to change. */
export class StagesError extends Error {
  override name = 'StagesError';
}

/**
 * Checks the stages of `stages.ts` and fills in defaults.
 * @throws StagesError naming the path, the value and what is allowed
 */
export function defineStages(input: Record<string, z.input<typeof stageSchema>>): Stages {
  const result = z.safeParse(stagesSchema, input);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => (issue.code === 'invalid_key' ? issue.issues : [issue]).map(({ message }) => `  ${pathText(issue.path)}: ${valueText(input, issue.path)}: ${message}`));
  throw new StagesError(`stages.ts has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.join('\n')}`);
}
