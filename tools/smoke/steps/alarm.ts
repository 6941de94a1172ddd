import { DescribeAlarmHistoryCommand, DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { until, type World } from '../world.ts';

/** Raises an alarm and sees that its action is carried out; then puts it back. Whoever gets the alarms gets a mail. */
export async function raiseAlarm({ cloudwatch, stageName, patienceMs }: World): Promise<string> {
  if (cloudwatch === undefined) return 'not available here';
  const AlarmName = `segue-${stageName}-report-failures`;
  const { MetricAlarms: [alarm] = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }));
  if (alarm === undefined) throw new Error(`there is no alarm ${AlarmName}`);
  if (alarm.StateValue === 'ALARM') throw new Error(`${AlarmName} is raised already: docs/runbook.md#report-failures`);
  const StartDate = new Date(Date.now() - 5000);
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'npm run smoke raises it, and puts it back' }));
  try {
    if ((alarm.AlarmActions ?? []).length === 0) return `${AlarmName} was raised; it tells nobody, since the stage has no alarmEmail`;
    const summary = await until(`the action of ${AlarmName}`, async () => {
      const { AlarmHistoryItems = [] } = await cloudwatch.send(new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: 'Action', StartDate }));
      return AlarmHistoryItems.map(({ HistorySummary = '' }) => HistorySummary).find((text) => text !== '');
    }, patienceMs);
    if (!/^Successfully/i.test(summary)) throw new Error(`${AlarmName}: ${summary}`);
    return `${AlarmName} was raised: ${summary}`;
  } finally {
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: alarm.StateValue ?? 'OK', StateReason: 'npm run smoke has ended' }));
  }
}
