import * as z from 'zod/mini';
import { rule, propertyFilter } from './rule.ts';

const positive = z.number().check(z.positive());
const share = z.number().check(z.gt(0), z.lt(1));
const slug = z.string().check(z.regex(/^[a-z][a-z0-9_-]{0,39}$/, 'lower-case letters, digits, - and _, at most 40, starting with a letter'));
const eventName = z.string().check(z.minLength(1), z.maxLength(200));

const sender = z.strictObject({
  /** Shown as the sender; the address must be a verified SES identity. */
  name: z.string().check(z.minLength(1)),
  address: z.email(),
  replyTo: z.optional(z.email()),
  /** Printed in the footer; the law of most countries asks for it. */
  postalAddress: z.string().check(z.minLength(1)),
  siteUrl: z.url(),
  /** Hosts that links and pictures in emails may point to. Event properties come from the browser, so other hosts are left out. */
  linkHosts: z.array(z.string().check(z.minLength(1))).check(z.minLength(1)),
});

const consent = z.strictObject({
  /** Name of the boolean trait that says "yes, mail me"; `null` mails everybody who has an address and did not object. */
  trait: z.nullable(z.string()),
});

const hour = z.int().check(z.gte(0), z.lte(23));

const contact = z.strictObject({
  /** Most emails to one person within 24 hours, over all campaigns. What is over is put off. */
  maxPerDay: z.optional(z.int().check(z.positive(), z.lte(10))),
  /** Most emails to one person within 7 days. */
  maxPerWeek: z.optional(z.int().check(z.positive(), z.lte(30))),
  /** Hours of the person's own day in which no email goes, such as from 22 to 8; the trait `timezone` tells where they are, else UTC. */
  quietHours: z.optional(z.strictObject({ fromHour: hour, toHour: hour })),
  /** An email that comes so much later than its step was due is not sent any more. */
  maxDelayHours: z._default(positive, 24),
});

const webKeys = z.strictObject({
  /** May a publishable key set the email address and the consent? Then anyone could have mail sent to anyone. */
  mayIdentify: z.boolean(),
  /** Does a conversion reported with a publishable key count in scores, segments and results? It always ends workflows. */
  mayConvert: z.boolean(),
});

const score = z.strictObject({
  halfLifeDays: positive,
  /** Points that one event adds, by event name. */
  points: z.record(eventName, z.number()),
});

const threshold = z.strictObject({
  score: z.string(),
  /** A person comes in at `enter` and drops out below `exit`. */
  enter: z.number(),
  exit: z.number(),
  /** How the monthly calibration moves `enter`; left out, the threshold never moves. */
  calibrate: z.optional(
    z.strictObject({
      /** Share of people with a score above zero that should reach the threshold. */
      targetShare: share,
      minSample: z.int().check(z.positive()),
      /** Largest relative change in one month: 0.2 allows 50 -> 40..60. */
      maxStep: share,
    }),
  ),
});

const segment = z.strictObject({ name: slug, title: z.string(), when: rule });
const fallback = z.strictObject({ name: slug, title: z.string() });

const step = z.strictObject({
  /** Folder below emails/. */
  email: slug,
  /** Hours that the workflow waits before this step. */
  afterHours: z.number().check(z.nonnegative()),
  /** Sent only to people who clicked in that earlier step of the same workflow. */
  ifClicked: z.optional(slug),
  discount: z.optional(z.strictObject({ percent: z.int().check(z.gte(1), z.lte(90)), validHours: positive })),
});

const campaign = z.strictObject({
  title: z.string(),
  /** File below statemachines/, without its ending. */
  stateMachine: slug,
  /** Topic that a person can unsubscribe from. */
  topic: slug,
  entry: z.strictObject({ event: eventName, where: z.optional(z.array(propertyFilter)) }),
  /** Property of the entry event that tells two workflows of one person apart, such as cart_id. */
  keyProperty: z.optional(z.string()),
  exit: z.strictObject({ event: eventName, where: z.optional(z.array(propertyFilter)) }),
  /** An entry event that is older than this when it arrives starts nothing. */
  maxTriggerAgeHours: positive,
  steps: z.record(slug, step),
});

/** What `segue.config.ts` holds. */
export const configSchema = z.strictObject({
  sender,
  consent: z._default(consent, { trait: 'marketing_consent' }),
  contact: z._default(contact, { maxDelayHours: 24 }),
  webKeys: z._default(webKeys, { mayIdentify: false, mayConvert: false }),
  /** Events that count as conversions. */
  conversions: z.array(eventName).check(z.minLength(1)),
  /** Other names for an event, such as those of Segment's e-commerce spec. */
  aliases: z._default(z.record(eventName, eventName), {}),
  /** Events that put products into the cart, take them out, or buy them; emails are filled from these. */
  products: z.strictObject({ added: eventName, removed: eventName, bought: eventName }),
  scores: z.record(slug, score),
  thresholds: z._default(z.record(slug, threshold), {}),
  /** Ordered: the first rule that holds names the person's only segment. */
  segments: z.array(segment).check(z.minLength(1)),
  /** Publish every segment change on the account's default EventBridge bus, for a CRM or an ad platform to follow. */
  publishTransitions: z._default(z.boolean(), false),
  /** For people of whom too little is known. */
  fallback,
  campaigns: z.record(slug, campaign),
});

export type Config = z.infer<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
export type CampaignConfig = Config['campaigns'][string];
export type StepConfig = CampaignConfig['steps'][string];
export type ThresholdConfig = Config['thresholds'][string];
