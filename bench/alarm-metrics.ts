import type { Template } from 'aws-cdk-lib/assertions';

interface AlarmResource {
  Properties: { Metrics?: { MetricStat?: object }[] };
}

/** How many metrics the alarms of a stack look at, as CloudWatch bills them: an alarm that adds two up counts twice. */
export function alarmMetricsOf(template: Template): number {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')) as AlarmResource[];
  return alarms.reduce((sum, { Properties }) => sum + (Properties.Metrics?.filter(({ MetricStat }) => MetricStat).length ?? 1), 0);
}
