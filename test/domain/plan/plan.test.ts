import { describe, expect, test } from 'vitest';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import type { Config } from '../../../lambdas/schemas/config.ts';
import bookstore from '../../../examples/bookstore/segue.config.ts';

const versionOf = (change: (config: Config) => void): string => {
  const config = { ...structuredClone(bookstore), campaigns: {} };
  change(config);
  return compilePlan(config).rulesVersion;
};
const now = versionOf(() => {});

describe('the version of the rules', () => {
  test.each<[string, (config: Config) => void]>([
    ['the title of a segment', (config) => void (config.segments[0]!.title = 'Bought not long ago')],
    ['the title of the fallback', (config) => void (config.fallback.title = 'The others')],
    ['an assumption', (config) => void delete config.segments[0]!.assumption],
    ['what counts as lost', (config) => void (config.segments[0]!.lost = true)],
  ])('stays when %s changes, which decides nothing', (_what, change) => {
    expect(versionOf(change)).toBe(now);
  });

  test.each<[string, (config: Config) => void]>([
    ['a rule', (config) => void (config.segments[0]!.when = { did: 'purchase', withinDays: 31 })],
    ['a name', (config) => void (config.segments[0]!.name = 'buyers')],
    ['the order', (config) => void config.segments.reverse()],
    ['the name of the fallback', (config) => void (config.fallback.name = 'others')],
    ['a score', (config) => void (config.scores.engagement!.halfLifeDays = 31)],
    ['what counts as activity', (config) => void (config.activity.excludes = [])],
    ['a threshold', (config) => void (config.thresholds.engaged!.exit = 39)],
  ])('is another one when %s changes', (_what, change) => {
    expect(versionOf(change)).not.toBe(now);
  });
});
