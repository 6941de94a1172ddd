import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as errors from '../../lambdas/domain/errors.ts';
import { failureKinds } from '../../lib/parts/send-failures.ts';
import { exampleTemplate, functionOf, resourcesOf } from './fixture.ts';

const template = exampleTemplate();
const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
const filters = resourcesOf(template, 'AWS::Logs::MetricFilter').map(([, { Properties }]) => Properties);

it('counts every kind of email that SES does not take', () => {
  const kinds = Object.values(errors).filter((kind) => kind.prototype instanceof errors.NotSent);
  expect([...failureKinds].sort()).toEqual(kinds.map((Kind) => new Kind().name).sort());
});

it('finds the words that send-email logs', () => {
  expect(readFileSync('lambdas/send-email/deliver.ts', 'utf8')).toContain("logger.error('cannot send', {");
});

it.each(failureKinds)('has an alarm for %s, fed by the log of send-email', (kind) => {
  const { LogGroupName, MetricTransformations } = filters.find(({ FilterPattern }) => FilterPattern === `"cannot send" "${kind}"`)!;
  expect(LogGroupName).toEqual(functionOf(template, 'send-email')[1].Properties.LoggingConfig.LogGroup);
  const [{ MetricNamespace, MetricName }] = MetricTransformations;
  expect(alarms.filter((alarm) => alarm.Namespace === MetricNamespace && alarm.MetricName === MetricName)).toHaveLength(1);
});
