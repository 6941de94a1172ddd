import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exampleTemplate, functionOf, resourcesOf } from './fixture.ts';

const template = exampleTemplate();

it('the alarm for a frozen calibration counts the words that the function logs', () => {
  const { Properties: alarm } = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(([, { Properties }]) => Properties.AlarmName === 'segue-test-calibration-frozen')![1];
  const filter = resourcesOf(template, 'AWS::Logs::MetricFilter').find(([, { Properties }]) => Properties.MetricTransformations[0].MetricName === alarm.MetricName)![1].Properties;
  expect(filter.MetricTransformations[0].MetricNamespace).toBe(alarm.Namespace);
  expect(filter.LogGroupName).toEqual(functionOf(template, 'recalibrate')[1].Properties.LoggingConfig.LogGroup);
  expect(readFileSync('lambdas/recalibrate/log.ts', 'utf8')).toContain(`logger.error(${filter.FilterPattern.replaceAll('"', "'")}`);
});

it('a run ends before the function is stopped, and before the next one begins', () => {
  const budgetMs = 12 * 60_000;
  expect(readFileSync('lambdas/recalibrate/index.ts', 'utf8')).toContain('budgetMs: 12 * 60_000');
  const { Timeout } = functionOf(template, 'recalibrate')[1].Properties;
  expect(Timeout * 1000).toBeGreaterThan(budgetMs + 60_000);
  expect(Timeout).toBeLessThanOrEqual(15 * 60);
});
