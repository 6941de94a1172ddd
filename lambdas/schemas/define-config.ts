import * as z from 'zod/mini';
import { en } from 'zod/locales';
import { brandProblems } from './brand.ts';
import { configSchema, type Config, type ConfigInput, type StepConfig } from './config.ts';
import { pathText, valueText } from './problem-text.ts';
import type { Rule } from './rule.ts';
import { writtenPageLanguages } from './page-texts.ts';
import { shownValueProblems } from './shown-value.ts';
import { visit } from './visit-rule.ts';

z.config(en());

/**
 * Checks a configuration and fills in defaults. Called at synth, at start and by every command, so a wrong
 * config never reaches a function.
 * @throws ConfigError with one line per problem: the path, the wrong value and what is allowed.
 */
export function defineConfig(input: ConfigInput): Config {
  const result = z.safeParse(configSchema, withoutProducts(input));
  if (!result.success) {
    throw new ConfigError(
      result.error.issues.map((issue) =>
        // A name that cannot be one: what is allowed stands in the issue of the key.
        issue.code === 'invalid_key'
          ? `${pathText(issue.path)}: the name must be ${issue.issues.map(({ message }) => message).join(', ')}`
          : `${pathText(issue.path)}: ${valueText(input, issue.path)}: ${issue.message}`,
      ),
    );
  }
  const problems = crossCheck(result.data);
  if (problems.length > 0) throw new ConfigError(problems);
  return result.data;
}

/** Pages speak the languages of the emails. */
function languageProblems({ languages, pageTexts, surveys }: Config): string[] {
  const has = (tag: string) => Object.hasOwn(pageTexts, tag) || writtenPageLanguages.some((written) => written === tag);
  return [
    ...languages.flatMap((language, index) => (languages.indexOf(language) !== index ? [`languages.${index}: ${JSON.stringify(language)}: is used twice`] : [])),
    ...languages.flatMap((language, index) => (has(language) || has(language.split('-')[0] as string) ? [] : [`languages.${index}: ${JSON.stringify(language)}: pages have texts in ${[...writtenPageLanguages, ...Object.keys(pageTexts)].join(', ')}; add pageTexts.${language}`])),
    ...Object.entries(surveys).flatMap(([name, { answers, locales }]) =>
      Object.entries(locales).flatMap(([language, { labels }]) => {
        const at = `surveys.${name}.locales.${language}.labels`;
        const values = answers.map(({ value }) => value);
        return [
          ...values.filter((value) => !Object.hasOwn(labels, value)).map((value) => `${at}: has no ${value}; needs ${values.join(', ')}`),
          ...Object.keys(labels).filter((value) => !values.includes(value)).map((value) => `${at}: ${JSON.stringify(value)}: must be one of ${values.join(', ')}`),
        ];
      }),
    ),
  ];
}

/** Without products, a step that does not say what it shows shows none. */
function withoutProducts(input: ConfigInput): ConfigInput {
  const { products, campaigns } = input;
  if (products !== undefined || typeof campaigns !== 'object' || campaigns === null) return input;
  const filled = Object.entries(campaigns).map(([name, campaign]) => {
    if (typeof campaign?.steps !== 'object' || campaign.steps === null) return [name, campaign] as const;
    const steps = Object.entries(campaign.steps).map(([step, settings]) => [step, typeof settings === 'object' && settings !== null ? { shows: 'none', ...settings } : settings] as const);
    return [name, { ...campaign, steps: Object.fromEntries(steps) }] as const;
  });
  return { ...input, campaigns: Object.fromEntries(filled) as ConfigInput['campaigns'] };
}

/** A configuration that cannot work; `problems` has one line for each thing to change. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`segue.config.ts has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Names that refer to other parts of the config must exist, and segments must not define each other in a circle. */
function crossCheck(config: Config): string[] {
  const problems: string[] = [];
  const mustBeOneOf = (path: string, value: string, allowed: string[]) => {
    if (!allowed.includes(value)) problems.push(`${path}: ${JSON.stringify(value)}: must be one of ${allowed.join(', ')}`);
  };
  const segmentNames = config.segments.map((segment) => segment.name);
  const scores = Object.keys(config.scores);
  const thresholds = Object.keys(config.thresholds);

  problems.push(...brandProblems(config.brand), ...shownValueProblems('traits', config.traits));
  if (Object.hasOwn(config.traits, 'firstName')) problems.push('traits.firstName: is always there; remove it');
  problems.push(...languageProblems(config));
  segmentNames.forEach((name, index) => {
    if (segmentNames.indexOf(name) !== index || name === config.fallback.name) problems.push(`segments.${index}.name: ${JSON.stringify(name)}: is used twice`);
  });
  for (const [name, threshold] of Object.entries(config.thresholds)) {
    mustBeOneOf(`thresholds.${name}.score`, threshold.score, scores);
    if (threshold.exit > threshold.enter) problems.push(`thresholds.${name}.exit: ${threshold.exit}: must not be above enter (${threshold.enter})`);
    if (threshold.calibrate && threshold.exit <= 0) problems.push(`thresholds.${name}.exit: ${threshold.exit}: must be above 0, since calibration moves it in proportion`);
  }
  if (config.classifier) {
    const calibrated = thresholds.filter((name) => config.thresholds[name]?.calibrate);
    mustBeOneOf('classifier.threshold', config.classifier.threshold, calibrated.length > 0 ? calibrated : ['the thresholds with calibrate, of which there is none']);
  }
  for (const [name, { answers }] of Object.entries(config.surveys)) {
    const values = answers.map(({ value }) => value);
    values.forEach((value, index) => {
      if (values.indexOf(value) !== index) problems.push(`surveys.${name}.answers.${index}.value: ${JSON.stringify(value)}: is used twice`);
    });
    answers.forEach(({ points = {} }, index) => Object.keys(points).forEach((score) => mustBeOneOf(`surveys.${name}.answers.${index}.points`, score, scores)));
  }
  config.segments.forEach(({ assumption }, index) => {
    if (assumption === undefined) return;
    const at = `segments.${index}.assumption`;
    mustBeOneOf(`${at}.survey`, assumption.survey, Object.keys(config.surveys));
    const answers = config.surveys[assumption.survey]?.answers.map(({ value }) => value) ?? [];
    if (answers.length === 0) return;
    for (const side of ['confirmedBy', 'refutedBy'] as const) assumption[side].forEach((value, place) => mustBeOneOf(`${at}.${side}.${place}`, value, answers));
    assumption.refutedBy.forEach((value, place) => {
      if (assumption.confirmedBy.includes(value)) problems.push(`${at}.refutedBy.${place}: ${JSON.stringify(value)}: is in confirmedBy, too`);
    });
  });
  const checkRule = (rule: Rule | undefined, path: string, segments: string[]) => {
    if (rule === undefined) return;
    visit(rule, path, (leaf, at) => {
      if ('score' in leaf) {
        mustBeOneOf(`${at}.score`, leaf.score, scores);
        for (const key of ['atLeast', 'below'] as const) {
          const level = leaf[key];
          if (typeof level !== 'string') continue;
          mustBeOneOf(`${at}.${key}`, level, thresholds);
          const threshold = config.thresholds[level];
          if (threshold && threshold.score !== leaf.score) problems.push(`${at}.${key}: ${JSON.stringify(level)}: is a threshold of the score ${threshold.score}, not of ${leaf.score}`);
        }
      }
      if ('segment' in leaf) mustBeOneOf(`${at}.segment`, leaf.segment, segments);
      if ('email' in leaf && leaf.campaign !== undefined) mustBeOneOf(`${at}.campaign`, leaf.campaign, Object.keys(config.campaigns));
    });
  };
  // Segments may only look at those before them, so a circle cannot be written.
  config.segments.forEach(({ when }, index) => checkRule(when, `segments.${index}.when`, segmentNames.slice(0, index)));
  const allSegments = [...segmentNames, config.fallback.name];
  for (const [name, campaign] of Object.entries(config.campaigns)) {
    const at = `campaigns.${name}`;
    const steps = Object.keys(campaign.steps);
    if (steps.length === 0) problems.push(`${at}.steps: {}: needs at least one step`);
    const checkDiscount = (discount: StepConfig['discount'], path: string) =>
      Object.keys(discount?.percentBySegment ?? {}).forEach((segment) => mustBeOneOf(`${path}.discount.percentBySegment`, segment, allSegments));
    steps.forEach((stepName, index) => {
      const { ifClicked, when, shows, discount, survey } = campaign.steps[stepName] as StepConfig;
      const path = `${at}.steps.${stepName}`;
      if (ifClicked !== undefined) mustBeOneOf(`${path}.ifClicked`, ifClicked, steps.slice(0, index));
      if (config.products === undefined && shows !== 'none') problems.push(`${path}.shows: ${JSON.stringify(shows)}: must be none, since the config has no products`);
      else if (shows === 'views' && config.products?.viewed === undefined) problems.push(`${path}.shows: "views": needs products.viewed, the event of looking at a product`);
      if (survey !== undefined) mustBeOneOf(`${path}.survey`, survey, Object.keys(config.surveys));
      checkRule(when, `${path}.when`, allSegments);
      checkDiscount(discount, path);
    });
    const { entry, exit, variants = {}, winner, branches } = campaign;
    if ('entersSegment' in entry) mustBeOneOf(`${at}.entry.entersSegment`, entry.entersSegment, allSegments);
    if ('leavesSegment' in entry) mustBeOneOf(`${at}.entry.leavesSegment`, entry.leavesSegment, allSegments);
    problems.push(...shownValueProblems(`${at}.entryProperties`, campaign.entryProperties));
    if (Object.keys(campaign.entryProperties).length > 0 && !('event' in entry)) problems.push(`${at}.entryProperties: ${Object.keys(campaign.entryProperties).join(', ')}: needs an entry by event, whose properties they are`);
    if ('event' in entry && entry.restart && campaign.concurrent) problems.push(`${at}.entry.restart: true: makes no sense with concurrent, where each event starts a workflow of its own`);
    if (campaign.keyProperty !== undefined && !('event' in entry)) problems.push(`${at}.keyProperty: ${JSON.stringify(campaign.keyProperty)}: needs an entry by event, whose property it is`);
    if (exit.event === undefined && exit.when === undefined) problems.push(`${at}.exit: ${JSON.stringify(exit)}: needs event or when; without an end, people are mailed after they did what was asked`);
    if (exit.event === undefined && exit.where !== undefined) problems.push(`${at}.exit.where: needs exit.event, whose properties it compares`);
    checkRule(entry.when, `${at}.entry.when`, allSegments);
    checkRule(exit.when, `${at}.exit.when`, allSegments);
    for (const [branch, rules] of Object.entries(branches)) rules.forEach(({ when }, index) => checkRule(when, `${at}.branches.${branch}.${index}.when`, allSegments));
    for (const [variant, change] of Object.entries(variants)) {
      for (const [stepName, { discount }] of Object.entries(change.steps)) {
        mustBeOneOf(`${at}.variants.${variant}.steps`, stepName, steps);
        checkDiscount(discount, `${at}.variants.${variant}.steps.${stepName}`);
      }
    }
    if (winner !== undefined) mustBeOneOf(`${at}.winner`, winner, Object.keys(variants));
  }
  return problems;
}
