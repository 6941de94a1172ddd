import * as z from 'zod/mini';

/**
 * What the monthly report shows: the JSON file beside the page, and all that the page is made of.
 *
 * Counts only; shares and verdicts on them are worked out from the counts, so that two numbers on the page cannot disagree. A part that is
 * left out (or is an empty list) was not measured, or did not happen; the page says so in words. Segments, campaigns and steps go by the
 * names of the config; titles are shown where there are any, else the name.
 */

const count = z.int().check(z.gte(0));
/** Conversions may be credited in parts, such as a third. */
const amount = z.number().check(z.gte(0));
const finite = z.number();
const share = z.number().check(z.gte(0), z.lte(1));
const name = z.string();
const month = z.string().check(z.regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month such as 2026-11'));
const day = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, 'a day such as 2026-11-30'));
const interval = { from: finite, to: finite };

const segment = z.object({
  segment: name,
  title: z.string(),
  /** People at the start of the month, and at its end or now. */
  atStart: count,
  atEnd: count,
});

/** People who were in `from` at the start, `null` for who was not there yet, and in `to` at the end. */
const move = z.object({ from: z.nullable(name), to: name, people: count });

/** What became of the emails of one step and variant, decided on in the month. */
const emailRow = z.object({
  step: name,
  /** Left out when the campaign compares nothing. */
  variant: z.optional(name),
  /** The provider took them. */
  sent: count,
  /** The provider's answer was lost, and nothing was heard of them. */
  unconfirmed: z._default(count, 0),
  /** Left out since the person is in a holdout. */
  heldOut: z._default(count, 0),
  delivered: count,
  /** By people; those by machines, such as mail scanners, are the next two. */
  opened: count,
  clicked: count,
  autoOpened: z._default(count, 0),
  autoClicked: z._default(count, 0),
  /** For good. */
  bounced: z._default(count, 0),
  softBounced: z._default(count, 0),
  complained: z._default(count, 0),
  unsubscribed: z._default(count, 0),
  /** Credited to these emails by the attribution of the config, and their revenue. */
  conversions: amount,
  revenue: finite,
});

/** Workflows that began in the month, and those that ended in it, by how: through all steps or as one was not sent; by an exit; by an error or a time-out. */
const workflows = z.object({ entered: count, completed: count, stopped: count, failed: count, 'timed-out': count });

const campaign = z.object({
  campaign: name,
  title: z.string(),
  workflows: z._default(workflows, { entered: 0, completed: 0, stopped: 0, failed: 0, 'timed-out': 0 }),
  emails: z.array(emailRow),
  /** Emails that were not sent, by reason; the reason `deferred` means put off, not dropped. */
  skipped: z._default(z.array(z.object({ step: name, reason: z.string(), count })), []),
});

/** One arm against the control. `kind`, `conversion` and `revenue` are as `verdict` of the statistics gives them. */
const verdict = z.object({
  arm: name,
  kind: z.enum(['blocked', 'too-few', 'undecided', 'better', 'worse']),
  /** For people who read no statistics. */
  words: z.string(),
  /** Difference of the conversion rates, in shares (0.01 is one percentage point), with an interval that holds at every look. */
  conversion: z.optional(z.object({ estimate: finite, ...interval, p: share })),
  /** Probability to be better than the control. */
  chance: z.optional(share),
  /** Revenue for each person, and the interval of the difference. */
  revenue: z.optional(z.object({ control: finite, treated: finite, ...interval })),
  /** Relative difference of the conversion rates: 0.2 is a fifth more than the control. */
  lift: z.optional(z.object({ estimate: finite, ...interval, p: share })),
});

const experiment = z.object({
  campaign: name,
  title: z.string(),
  /** When people began to be counted; left out, with the month. */
  since: z.optional(day),
  /** The arm that the others are compared with. */
  control: name,
  arms: z
    .array(
      z.object({
        arm: name,
        /** Shown in place of the name, such as "Not mailed". */
        title: z.optional(z.string()),
        people: count,
        converted: count,
        revenue: finite,
        /** Share of people that the config plans for the arm. */
        planned: z.optional(share),
        /** Probability to be the best of all arms. */
        chanceToBeBest: z.optional(share),
      }),
    )
    .check(z.minLength(2)),
  /** Probability of the numbers of people, if they were assigned as planned, and below what the verdicts are blocked. */
  sampleRatioP: share,
  sampleRatioLimit: share,
  verdicts: z.array(verdict),
});

const scoreNumbers = z.object({
  score: name,
  /** People with a score above zero now; equally wide, in order, empty ones may be left out. */
  bins: z.array(z.object({ from: finite, to: finite, people: count })),
  /** Where people come in; `before` is what the last calibration found in force. */
  thresholds: z._default(z.array(z.object({ threshold: name, before: finite, now: finite })), []),
});

const matrixCell = z.object({ row: name, column: name, people: count });
const confusion = z.object({
  /** Order of rows and columns, and what is shown of them. */
  classes: z.array(z.object({ name, title: z.string() })).check(z.minLength(2)),
  /** Pairs that are left out have nobody. */
  cells: z.array(matrixCell),
});

const cohort = z.object({
  score: name,
  /** People who were first seen in the month `cohort`, by their scores in `month`. */
  rows: z.array(z.object({ cohort: month, month, people: count, mean: finite, lowest10: finite, median: finite, highest10: finite })),
});

const rfmRow = z.object({
  name: z.string(),
  people: count,
  /** Means over the people. */
  recencyDays: finite,
  frequency: finite,
  monetary: finite,
  /** By all of them. */
  spent: finite,
});

const answers = z.array(z.object({ value: name, count }));
const survey = z.object({
  survey: name,
  question: z.string(),
  /** All that can be answered, in the order of the survey. */
  answers: z.array(z.object({ value: name, label: z.string() })).check(z.minLength(2)),
  /** Last answers of people, by the segment in which they were asked; `null` for none. */
  bySegment: z.array(
    z.object({
      segment: z.nullable(name),
      answers,
      /** An assumption about the segment's people, and the answers that speak for and against it; others speak for neither. */
      assumption: z.optional(z.object({ words: z.string(), confirmedBy: z.array(name), refutedBy: z.array(name) })),
    }),
  ),
});

/** How a classifier did on people whom it had not seen. */
const classifierTest = z.object({
  people: count,
  converted: count,
  /** People on whom it decides; it leaves the others to the rule. */
  decided: count,
  /** Mean squared error of the probabilities, and of those that the rule amounts to. */
  brier: share,
  ruleBrier: z.optional(share),
  calibrationError: share,
  calibration: z.array(z.object({ from: share, until: share, people: count, predicted: share, converted: share })),
  /** `confidence`: distance from the model's bound, in log odds. */
  coverage: z.array(z.object({ coverage: share, confidence: amount, accuracy: share })),
});

/** The newest training of the classifier. */
const classifier = z.object({
  /** The month whose outcomes it learnt from. */
  month,
  threshold: name,
  /** Does it decide on people now, and why, or why not. */
  inUse: z.boolean(),
  words: z.string(),
  /** Ambiguous people, and those who converted. */
  people: count,
  converted: count,
  basis: z._default(z.enum(['holdout', 'everybody']), 'everybody'),
  /** Left out when nothing could be learnt. */
  test: z.optional(classifierTest),
  /** Who decided on the segments of people as they are now; left out while no model may. */
  decidedBy: z.optional(z.object({ rule: count, model: count, fallback: count })),
});

const decision = z.enum(['moved', 'step-limited', 'order-limited', 'within-interval', 'frozen', 'sample-too-small', 'fixed']);
/** One version of the thresholds, as the calibration recorded it. */
const calibration = z.object({
  version: count,
  month,
  /** The month whose outcomes it was judged by. */
  outcomeMonth: z.optional(month),
  /** `proposed` waits for approval. */
  state: z._default(z.enum(['in-force', 'proposed']), 'in-force'),
  /** The version whose values it has again. */
  rolledBackTo: z.optional(count),
  changes: z.array(
    z.object({
      threshold: name,
      from: finite,
      to: finite,
      wanted: z.optional(finite),
      method: z.optional(z.enum(['profit', 'target-share'])),
      basis: z.optional(z.enum(['holdout', 'everybody'])),
      sampleSize: count,
      converted: z.optional(count),
      interval: z.optional(z.object({ low: finite, high: finite })),
      psi: z.optional(finite),
      shareBefore: share,
      shareAfter: share,
      decision,
    }),
  ),
  /** Predicted at the calibration. */
  moves: z.optional(z.array(z.object({ from: name, to: name, people: count }))),
});

/** For comparison with the month before. */
const earlier = z.object({
  people: z.optional(count),
  sent: z.optional(count),
  conversions: z.optional(count),
  /** Credited to emails. */
  revenue: z.optional(finite),
});

export const reportData = z.object({
  month,
  /** A report that is made before the month is over says so. */
  generatedAtMs: z.int(),
  /** Whose report it is. */
  brand: z.string(),
  /** How numbers are written; the words are English. */
  locale: z._default(z.string(), 'en'),
  /** ISO code of all revenue except `conversions.revenue`; left out, these are plain numbers. */
  currency: z.optional(z.string()),
  previous: z.optional(earlier),
  /** In the order in which they decide; the fallback is the last. */
  segments: z.array(segment),
  matrix: z._default(z.array(move), []),
  /** Segments that mean "gone", such as dormant: entering them is churn. */
  lostSegments: z._default(z.array(name), []),
  campaigns: z._default(z.array(campaign), []),
  conversions: z.object({
    count,
    /** By currency; an empty name stands for conversions that named none. */
    revenue: z._default(z.array(z.object({ currency: z.string(), amount: finite })), []),
    /** By the segment just before. */
    bySegment: z._default(z.array(z.object({ segment: z.nullable(name), count })), []),
  }),
  /** In order. `conversions` are all of the day, `credited` those that followed an email. */
  days: z._default(
    z.array(z.object({ day, sent: count, opened: count, clicked: count, conversions: count, credited: amount })),
    [],
  ),
  scores: z._default(z.array(scoreNumbers), []),
  /** Now, before the order of the segments decides: people by exactly the segments whose rules hold for them. */
  overlaps: z._default(z.array(z.object({ segments: z.array(name), people: count })), []),
  /** Truth, or the rule, in the rows. */
  confusion: z._default(
    z.object({
      /** Of everybody. */
      outcomeAgainstRule: z.optional(confusion),
      /** Of the people whom the classifier was tested on. */
      ambiguousAgainstRule: z.optional(confusion),
      outcomeAgainstModel: z.optional(confusion),
      ruleAgainstModel: z.optional(confusion),
    }),
    {},
  ),
  experiments: z._default(z.array(experiment), []),
  cohorts: z._default(z.array(cohort), []),
  rfm: z._default(z.array(rfmRow), []),
  surveys: z._default(z.array(survey), []),
  classifier: z.optional(classifier),
  calibration: z.optional(calibration),
  quality: z.object({
    /** Conversions that came more than an hour after they happened, imports aside. */
    lateConversions: count,
    /** Events that could not be read, and batches that could not be processed: both lie in the dead-letter bucket. */
    deadLetters: z.object({ unreadable: count, failed: count }),
  }),
});

export type ReportData = z.infer<typeof reportData>;
/** The same before defaults are filled in. */
export type ReportDataInput = z.input<typeof reportData>;
export type CampaignReport = ReportData['campaigns'][number];
export type EmailCounts = CampaignReport['emails'][number];
export type ExperimentReport = ReportData['experiments'][number];
export type ConfusionReport = z.infer<typeof confusion>;
