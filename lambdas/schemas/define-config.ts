import * as z from 'zod/mini';
import { en } from 'zod/locales';
import { configSchema, type Config, type ConfigInput } from './config.ts';
import { visit } from './visit-rule.ts';

z.config(en());

/**
 * Checks a configuration and fills in defaults. Called at synth, at start and by every command, so a wrong
 * config never reaches a function.
 * @throws ConfigError with one line per problem: the path, the wrong value and what is allowed.
 */
export function defineConfig(input: ConfigInput): Config {
  const result = z.safeParse(configSchema, input);
  if (!result.success) {
    throw new ConfigError(
      result.error.issues.map((issue) => `${pathText(issue.path)}: ${valueText(input, issue.path)}: ${issue.message}`),
    );
  }
  const problems = crossCheck(result.data);
  if (problems.length > 0) throw new ConfigError(problems);
  return result.data;
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

  segmentNames.forEach((name, index) => {
    if (segmentNames.indexOf(name) !== index || name === config.fallback.name) problems.push(`segments.${index}.name: ${JSON.stringify(name)}: is used twice`);
  });
  for (const [name, threshold] of Object.entries(config.thresholds)) {
    mustBeOneOf(`thresholds.${name}.score`, threshold.score, scores);
    if (threshold.exit > threshold.enter) problems.push(`thresholds.${name}.exit: ${threshold.exit}: must not be above enter (${threshold.enter})`);
  }
  config.segments.forEach((segment, index) => {
    visit(segment.when, `segments.${index}.when`, (leaf, path) => {
      if ('score' in leaf) {
        mustBeOneOf(`${path}.score`, leaf.score, scores);
        for (const key of ['atLeast', 'below'] as const) {
          const level = leaf[key];
          if (typeof level !== 'string') continue;
          mustBeOneOf(`${path}.${key}`, level, thresholds);
          const threshold = config.thresholds[level];
          if (threshold && threshold.score !== leaf.score) problems.push(`${path}.${key}: ${JSON.stringify(level)}: is a threshold of the score ${threshold.score}, not of ${leaf.score}`);
        }
      }
      // Segments may only look at those before them, so a circle cannot be written.
      if ('segment' in leaf) mustBeOneOf(`${path}.segment`, leaf.segment, segmentNames.slice(0, index));
      if ('email' in leaf && leaf.campaign !== undefined) mustBeOneOf(`${path}.campaign`, leaf.campaign, Object.keys(config.campaigns));
    });
  });
  for (const [name, campaign] of Object.entries(config.campaigns)) {
    const steps = Object.keys(campaign.steps);
    if (steps.length === 0) problems.push(`campaigns.${name}.steps: {}: needs at least one step`);
    steps.forEach((stepName, index) => {
      const earlier = campaign.steps[stepName]?.ifClicked;
      if (earlier !== undefined) mustBeOneOf(`campaigns.${name}.steps.${stepName}.ifClicked`, earlier, steps.slice(0, index));
    });
  }
  return problems;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '(top)' : path.map(String).join('.');
}

function valueText(input: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], input);
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
