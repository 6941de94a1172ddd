import * as z from 'zod/mini';
import { brandSchema, defaultBrand } from './brand.ts';
import { classifierSchema } from './model.ts';
import { pageTexts } from './page-texts.ts';
import { rule, propertyFilter } from './rule.ts';
import { shownName, shownValue } from './shown-value.ts';
import { timeZone } from './time-zone.ts';

const positive = z.number().check(z.positive());
const share = z.number().check(z.gt(0), z.lt(1));
const slug = z.string().check(z.regex(/^[a-z][a-z0-9_-]{0,39}$/, 'lower-case letters, digits, - and _, at most 40, starting with a letter'));
/** BCP 47 in lower case, as in the names of the emails' files. */
const language = z.string().check(z.regex(/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/, 'a language in lower case, such as en, de or pt-br'));
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
const topicTexts = {
  /** Shown on the preference page. */
  title: z.string().check(z.minLength(1)),
  description: z.optional(z.string()),
};
const topic = z.strictObject({
  ...topicTexts,
  /** In the other languages of the emails. */
  locales: z._default(z.record(language, z.strictObject(topicTexts)), {}),
});

const contact = z.strictObject({
  /** Most emails to one person within 24 hours, over all campaigns. Emails over the limit are deferred. */
  maxPerDay: z.optional(z.int().check(z.positive(), z.lte(10))),
  /** Most emails to one person within 7 days. */
  maxPerWeek: z.optional(z.int().check(z.positive(), z.lte(30))),
  /** Hours of the person's own day in which no email goes, such as from 22 to 8; the trait `timezone` tells where they are, else `timeZone`. */
  quietHours: z.optional(z.strictObject({ fromHour: hour, toHour: hour })),
  /** Time zone of people who do not say theirs, or say one that is not known; a name of the IANA database, such as Europe/Berlin. */
  timeZone: z._default(timeZone, 'UTC'),
  /** An email that would go this much later than its step was due is dropped. */
  maxDelayHours: z._default(positive, 24),
  /** Most emails a second over all functions; left out, what the account may send, as SES says. */
  maxPerSecond: z.optional(positive),
});

const webKeys = z.strictObject({
  /** May a publishable key set the email address, the name and the consent, and does its word join two profiles for good? Then anyone could have mail sent to anyone. */
  mayIdentify: z._default(z.boolean(), false),
  /** Does a conversion reported with a publishable key count in scores, segments and results? It always ends workflows. */
  mayConvert: z._default(z.boolean(), false),
  /** May emails show what a publishable key says of products? Then anyone could write into the shop's emails; texts that lead elsewhere or are over 120 characters are left out all the same. */
  mayDescribeProducts: z._default(z.boolean(), false),
  /** Most workflows that events of publishable keys may start for one known person within 24 hours; anybody can read the key in the page, and name anybody. Further events start nothing. */
  maxStartsPerDay: z._default(z.int().check(z.nonnegative(), z.lte(100)), 5),
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
      /** Share of people with a score above zero that should reach the threshold; decides while there is no `profit`, or too few conversions. */
      targetShare: share,
      /** What a person over the threshold costs in a month, and what is gained from one who converts, in one currency. The threshold goes to where the sum is best. */
      profit: z.optional(z.strictObject({ perConversion: positive, perPerson: positive })),
      /** How many people it takes; with fewer, the threshold stays. */
      minSample: z.int().check(z.positive()),
      /** How many people must have converted before `profit` can decide. */
      minEvents: z._default(z.int().check(z.positive()), 50),
      /** Largest relative change in one month: 0.2 allows 50 -> 40..60. */
      maxStep: share,
      /** Population stability index of the scores against the month before, above which the threshold stays and an alarm goes off. */
      psiFreeze: z._default(positive, 0.25),
    }),
  ),
});

const calibration = z.strictObject({
  /** Does the monthly calibration take effect by itself, or wait for `npm run recalibrate -- --approve`? */
  mode: z._default(z.enum(['automatic', 'approve']), 'automatic'),
});

/** An assumption about the people of a segment, and the survey that checks it. */
const assumption = z.strictObject({
  /** A sentence, as the report shows it. */
  words: z.string().check(z.minLength(1), z.maxLength(200)),
  /** One of `surveys`. */
  survey: slug,
  /** Answers that speak for it, and against it; others speak for neither. */
  confirmedBy: z.array(slug).check(z.minLength(1)),
  refutedBy: z.array(slug).check(z.minLength(1)),
});

const segment = z.strictObject({
  name: slug,
  title: z.string(),
  when: rule,
  /** People in it count as lost: the report counts entering it as churn. */
  lost: z.optional(z.boolean()),
  assumption: z.optional(assumption),
});
const fallback = z.strictObject({ name: slug, title: z.string() });

const discount = z.strictObject({
  percent: z.int().check(z.gte(1), z.lte(90)),
  validHours: positive,
  /** Other percentages for people in these segments; 0 makes no offer. */
  percentBySegment: z.optional(z.record(slug, z.int().check(z.gte(0), z.lte(90)))),
});

/** Products that an email can show. */
export const productLists = ['cart', 'views', 'related', 'none'] as const;
export type ProductList = (typeof productLists)[number];

const step = z.strictObject({
  /** Folder below emails/. */
  email: slug,
  /** Hours that the workflow waits before this step. */
  afterHours: z.number().check(z.nonnegative()),
  /** Sent only to people who clicked in that earlier step of the same workflow. */
  ifClicked: z.optional(slug),
  /** Sent only to people for whom this holds at the moment of sending. */
  when: z.optional(rule),
  /** Products in the cart; viewed and not bought (`views`); recommended for the person's last purchase (`related`); or none, which is the default without `products`. */
  shows: z._default(z.enum(productLists), 'cart'),
  /** Send although there is no product to show. Always so when `shows` is `none`. */
  evenIfEmpty: z._default(z.boolean(), false),
  /** Hour of the person's own day at which the email goes; `best` is the hour at which they were active most often. */
  atLocalHour: z.optional(z.union([hour, z.literal('best')])),
  discount: z.optional(discount),
  /** One of `surveys`, which the email asks by its link. */
  survey: z.optional(slug),
});

const variant = z.strictObject({
  /** Share of people, relative to the other variants. */
  weight: z._default(positive, 1),
  /** What is different in this variant, by step. */
  steps: z._default(z.record(slug, z.strictObject({ email: z.optional(slug), discount: z.optional(discount) })), {}),
});

const eventFilter = { event: eventName, where: z.optional(z.array(propertyFilter)) };
const campaignEntry = z.union([
  z.strictObject({
    ...eventFilter,
    /** Starts only when this holds after the event. */
    when: z.optional(rule),
    /**
     * The wait before the first email begins anew with each such event, while none has gone: 48 hours after the cart was touched last. For a cart, taking out
     * counts as well. Left out, `true` where the event is the one of `products.added`, unless the campaign is `concurrent`.
     */
    restart: z.optional(z.boolean()),
  }),
  z.strictObject({ entersSegment: slug, when: z.optional(rule) }),
  z.strictObject({ leavesSegment: slug, when: z.optional(rule) }),
]);

const campaign = z.strictObject({
  title: z.string(),
  /** File below statemachines/, without its ending. */
  stateMachine: slug,
  /** Topic that a person can unsubscribe from. */
  topic: slug,
  /** Sent in spite of an opt-out of its topic, as an order confirmation may be. Suppression, consent and an opt-out of everything still hold. */
  transactional: z._default(z.boolean(), false),
  /** An event, or entering or leaving a segment. Imported history starts nothing. */
  entry: campaignEntry,
  /** Properties of the entry event that its emails may show, as `{{ entry.project_name }}`. From a web key they count only if `webKeys.mayIdentify`. */
  entryProperties: z._default(z.record(shownName, shownValue), {}),
  /** Property of the entry event that tells two workflows of one person apart, such as cart_id. */
  keyProperty: z.optional(z.string()),
  /** Ends the workflow at once: an event, a rule that becomes true, or either. */
  exit: z.strictObject({ event: z.optional(eventName), where: z.optional(z.array(propertyFilter)), when: z.optional(rule) }),
  /** May a person come in again, with the same key? A cooldown counts from the last entry. */
  reentry: z._default(z.union([z.enum(['always', 'once']), z.strictObject({ cooldownHours: positive })]), 'always'),
  /** May a second workflow start while one with the same key runs? */
  concurrent: z._default(z.boolean(), false),
  /**
   * Does it also start for people who cannot be mailed yet: without an address or consent, or with an address that bounced? Such as visitors who put something into
   * the cart and log in before the first email is due. Each start costs, and who cannot be mailed when an email is due gets none.
   */
  startsWithoutAddress: z.optional(z.boolean()),
  /** An entry event that is older than this when it arrives starts nothing. */
  maxTriggerAgeHours: positive,
  /** Of two campaigns that meet a cap, the higher one goes first. */
  priority: z._default(z.int(), 0),
  /** Share of people who go through the workflow and are counted, but never mailed: what the campaign is measured against. */
  holdout: z._default(z.number().check(z.gte(0), z.lt(1)), 0),
  /**
   * Day (UTC) since which the arms are compared, such as 2026-11-15: one test that goes on over months. To be set anew when a variant or a
   * share changes. Left out, each month is a test of its own.
   */
  comparedSince: z.optional(z.iso.date()),
  /** Versions to compare. Each person always gets the same one. */
  variants: z.optional(z.record(slug, variant)),
  /** Ends the comparison: everybody gets this variant. */
  winner: z.optional(slug),
  /** What a task of the state machine waits for, by name: goes on at the event, or at the task's own timeout. */
  waits: z._default(z.record(slug, z.strictObject({ ...eventFilter, timeoutHours: positive })), {}),
  /** Branches that a task of the state machine asks for, by name: the first rule that holds, else `otherwise`. */
  branches: z._default(z.record(slug, z.array(z.strictObject({ to: slug, when: rule })).check(z.minLength(1))), {}),
  steps: z.record(slug, step),
});

const survey = z.strictObject({
  question: z.string().check(z.minLength(1), z.maxLength(200)),
  /** In the order of the page. */
  answers: z
    .array(
      z.strictObject({
        /** Stands in links (`?answer=`) and events. */
        value: slug,
        label: z.string().check(z.minLength(1)),
        /** Points for this answer, by score. When somebody answers again, only the last answer's points count. */
        points: z.optional(z.record(slug, z.number())),
      }),
    )
    .check(z.minLength(2), z.maxLength(10)),
  /** In the other languages of the emails: the question, and the labels by the value of the answer. */
  locales: z._default(z.record(language, z.strictObject({ question: z.string().check(z.minLength(1), z.maxLength(200)), labels: z.record(slug, z.string().check(z.minLength(1))) })), {}),
});

const attribution = z.strictObject({
  /** A conversion counts for an email that touched the person at most so many days before it. */
  windowDays: z._default(positive, 5),
  /** What counts as a touch. */
  touch: z._default(z.enum(['clicked', 'opened', 'sent']), 'clicked'),
  /** Which touch gets the conversion when several could: one of them, or all in equal parts. */
  credit: z._default(z.enum(['last', 'first', 'equal']), 'last'),
  /** Property of the conversion that holds its revenue. */
  revenueProperty: z._default(z.string().check(z.minLength(1)), 'total'),
});

const days = z.int().check(z.gte(30), z.lte(36_500));

/** How long personal data is kept. A person's request to be forgotten does not wait for it; see `npm run person`. */
const retention = z.strictObject({
  /** Accepted events in the archive. A replay rebuilds the profiles whose events are all there, and leaves older ones as they are. */
  archiveDays: z._default(days, 1095),
  /** Records of emails; a comparison of variants and the yearly figures of the report need a year of them. */
  emailDays: z._default(days, 400),
  /** Profiles, after the person's last event; `null` keeps them until they are erased. Up to a tenth longer. */
  profileDays: z._default(z.nullable(z.int().check(z.gte(90), z.lte(36_500))), 1095),
  /**
   * Profiles of which only publishable keys have ever spoken, and that nobody identified, after their last event. At least 62 days, since outcomes of a month are
   * judged while the next one runs. Up to a tenth longer.
   */
  webProfileDays: z._default(z.int().check(z.gte(62), z.lte(36_500)), 90),
});

/** When an address gets no more email, though SES would still take some. */
const suppression = z.strictObject({
  /** So many emails that did not arrive, for a reason that may pass such as a full mailbox, within `withinDays`. */
  softBounces: z._default(z.int().check(z.positive(), z.lte(20)), 5),
  withinDays: z._default(positive, 30),
});

const report = z.strictObject({
  /** Who gets a link to the monthly report by email; the link holds for 30 days, and whoever has it can read the report. */
  readers: z._default(z.array(z.email()).check(z.maxLength(50)), []),
});

/** Calls and bookkeeping that say nothing about whether somebody is there: servers send them for people who have long gone. */
const noActivity = ['identified', 'aliased', 'grouped', 'email_unsubscribed', 'email_resubscribed', 'coupon_redeemed'];

const activity = z.strictObject({
  /**
   * Events that do not count as something that the person did (`*` in rules, sessions, the best hour); `identified`, `aliased` and `grouped` are the calls
   * of those names. What only mail servers and programs do, such as a delivery, never counts.
   */
  excludes: z._default(z.array(eventName).check(z.maxLength(100)), noActivity),
});

/** What `segue.config.ts` holds. */
export const configSchema = z.strictObject({
  sender,
  /** How emails and pages look. */
  brand: z._default(brandSchema, defaultBrand),
  /** Languages in which every email is written. The first is that of the files without a language in their name, and of people whose language is not in the list; it also decides how money and dates are written for people without a locale. */
  languages: z._default(z.array(language).check(z.minLength(1)), ['en']),
  /** Texts of the preference and survey pages in languages that Segue does not have. It has English and German, which this can replace. */
  pageTexts: z._default(z.record(language, pageTexts), {}),
  consent: z._default(consent, { trait: 'marketing_consent' }),
  contact: z._default(contact, { timeZone: 'UTC', maxDelayHours: 24 }),
  webKeys: z._default(webKeys, { mayIdentify: false, mayConvert: false, mayDescribeProducts: false, maxStartsPerDay: 5 }),
  /** Traits of the person that emails may show, as `{{ person.plan }}`. The first name is always there, as `{{ person.firstName }}`. */
  traits: z._default(z.record(shownName, shownValue), {}),
  /** Events that count as conversions. */
  conversions: z.array(eventName).check(z.minLength(1)),
  /**
   * Vocabularies that clients use beside the shop's own: Segment's e-commerce spec, Google Analytics 4, Shopify's web pixels. Where several know an event,
   * the first in the list decides.
   */
  presets: z._default(z.array(z.enum(['segment-ecommerce', 'ga4', 'shopify'])), []),
  /** Other names for an event; they go before those of `presets`. */
  aliases: z._default(z.record(eventName, eventName), {}),
  /** Events that put products into the cart, take them out, or buy them; emails are filled from these. Left out where nothing is sold from a cart: emails then show no products. */
  products: z.optional(z.strictObject({
    added: eventName,
    removed: eventName,
    bought: eventName,
    /** Looking at a product; left out, emails cannot show what a person looked at. */
    viewed: z.optional(eventName),
  })),
  scores: z.record(slug, score),
  thresholds: z._default(z.record(slug, threshold), {}),
  calibration: z._default(calibration, { mode: 'automatic' }),
  /** A model for people near a threshold, or of whom little is known; left out, rules decide alone. */
  classifier: z.optional(classifierSchema),
  /** What keeps somebody awake. */
  activity: z._default(activity, { excludes: noActivity }),
  /** Ordered: the first rule that holds names the person's only segment. */
  segments: z.array(segment).check(z.minLength(1)),
  /** Publish every segment change on the account's default EventBridge bus, for a CRM or an ad platform to follow. */
  publishTransitions: z._default(z.boolean(), false),
  /** For people of whom too little is known. */
  fallback,
  /** Topics of the preference page, in its order. A topic that is left out is shown by its name. */
  topics: z._default(z.record(slug, topic), {}),
  /** One-question surveys that steps can ask. */
  surveys: z._default(z.record(slug, survey), {}),
  /** Share of people whom no campaign ever mails, to measure email as a whole. Transactional campaigns do mail them. */
  holdout: z._default(z.number().check(z.gte(0), z.lt(1)), 0),
  attribution: z._default(attribution, { windowDays: 5, touch: 'clicked', credit: 'last', revenueProperty: 'total' }),
  report: z._default(report, { readers: [] }),
  suppression: z._default(suppression, { softBounces: 5, withinDays: 30 }),
  retention: z._default(retention, { archiveDays: 1095, emailDays: 400, profileDays: 1095, webProfileDays: 90 }),
  campaigns: z.record(slug, campaign),
});

export type Config = z.infer<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
export type CampaignConfig = Config['campaigns'][string];
export type StepConfig = CampaignConfig['steps'][string];
export type ThresholdConfig = Config['thresholds'][string];
