import { CloudWatchClient, DescribeAlarmHistoryCommand, DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { onHold, type ControlStore } from '../../../lambdas/adapters/control-store.ts';
import { readTimeZone } from '../../../lambdas/domain/time-zone.ts';
import { configSchema } from '../../../lambdas/schemas/config.ts';
import { smokeTest, smokeTestCampaign, smokeTestEvents, withSmokeTest } from '../../../lambdas/schemas/smoke-test.ts';
import { defineStages } from '../../../lambdas/schemas/stages.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { campaignProblems } from '../../../tools/shop/campaign-checks.ts';
import { parseOptions } from '../../../tools/smoke/options.ts';
import { zoneAtNoon } from '../../../tools/smoke/steps/campaign.ts';
import { raiseAlarm } from '../../../tools/smoke/steps/alarm.ts';
import type { World } from '../../../tools/smoke/world.ts';
import { createWire, type Wire } from '../../support/aws-wire/wire.ts';
import { readText, rowsIn } from '../../support/markdown.ts';

const stages = defineStages({ dev: {}, prod: {} });

describe('the alarm of the smoke test', () => {
  const topic = 'arn:aws:sns:eu-west-1:123456789012:segue-prod-alarms';
  let wire: Wire;
  let cloudwatch: CloudWatchClient;
  let states: string[];
  const raise = () => raiseAlarm({ cloudwatch, stageName: 'prod', patienceMs: 300 } as World);
  beforeAll(async () => {
    wire = await createWire();
    cloudwatch = new CloudWatchClient({ region: 'eu-west-1', endpoint: wire.url, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  });
  afterAll(async () => {
    cloudwatch.destroy();
    await wire.close();
  });
  beforeEach(() => {
    states = [];
    wire.on(cloudwatch, DescribeAlarmsCommand, { MetricAlarms: [{ AlarmName: 'segue-prod-report-failures', StateValue: 'OK', AlarmActions: [topic] }] });
    wire.on(cloudwatch, SetAlarmStateCommand, ({ StateValue }) => {
      states.push(StateValue as string);
      return {};
    });
  });

  // Texts as CloudWatch writes them into the history.
  test('is raised, tells the topic, and is put back', async () => {
    wire.on(cloudwatch, DescribeAlarmHistoryCommand, { AlarmHistoryItems: [{ HistoryItemType: 'Action', HistorySummary: `Successfully executed action ${topic}` }] });
    expect(await raise()).toBe(`segue-prod-report-failures was raised: Successfully executed action ${topic}`);
    expect(states).toEqual(['ALARM', 'OK']);
  });

  test('is put back when its action fails, which is said', async () => {
    wire.on(cloudwatch, DescribeAlarmHistoryCommand, { AlarmHistoryItems: [{ HistoryItemType: 'Action', HistorySummary: `Failed to execute action ${topic}. Received error: "Resource: ${topic} is not authorized to perform: SNS:Publish"` }] });
    await expect(raise()).rejects.toThrow(/Failed to execute action .*not authorized/);
    expect(states).toEqual(['ALARM', 'OK']);
  });

  test('is put back when nothing is heard of its action', async () => {
    wire.on(cloudwatch, DescribeAlarmHistoryCommand, { AlarmHistoryItems: [] });
    await expect(raise()).rejects.toThrow('the action of segue-prod-report-failures did not come within 0 s');
    expect(states).toEqual(['ALARM', 'OK']);
  });

  test('is left alone when it is raised for a reason of its own, or gone', async () => {
    wire.on(cloudwatch, DescribeAlarmsCommand, { MetricAlarms: [{ AlarmName: 'segue-prod-report-failures', StateValue: 'ALARM', AlarmActions: [topic] }] });
    await expect(raise()).rejects.toThrow('is raised already: docs/runbook.md#report-failures');
    wire.on(cloudwatch, DescribeAlarmsCommand, { MetricAlarms: [] });
    await expect(raise()).rejects.toThrow('there is no alarm segue-prod-report-failures');
    expect(states).toEqual([]);
  });
});

describe('the campaign of the smoke test', () => {
  test('is one that a config could have', () => {
    const { campaigns: _, ...rest } = config;
    const parsed = configSchema.parse({ ...rest, campaigns: { [smokeTest]: smokeTestCampaign } });
    expect(parsed.campaigns[smokeTest]).toEqual(smokeTestCampaign);
    expect(Object.keys(withSmokeTest(config).campaigns)).toEqual([...Object.keys(config.campaigns), smokeTest]);
  });

  test('is not held with the mail of a stage, but can be stopped', async () => {
    const held = onHold<Pick<ControlStore, 'campaignState'>>({ campaignState: async (name) => (name === 'over' ? 'stopped' : 'running') });
    expect(await Promise.all(['welcome', smokeTest, 'over'].map(held.campaignState))).toEqual(['paused', 'running', 'stopped']);
    const stopped = onHold<Pick<ControlStore, 'campaignState'>>({ campaignState: async () => 'stopped' });
    expect(await stopped.campaignState(smokeTest)).toBe('stopped');
  });

  test('has names that no campaign of a shop may have', () => {
    const { welcome } = config.campaigns;
    expect(campaignProblems({ ...config, campaigns: { smoke_test: welcome! } })).toEqual(['campaigns.smoke_test: is the name of the campaign of npm run smoke; choose another one']);
    expect(campaignProblems({ ...config, campaigns: { mine: { ...welcome!, stateMachine: smokeTest, topic: smokeTest } } })).toEqual([
      'campaigns.mine.stateMachine: "smoke_test": is the state machine of npm run smoke; choose another name',
      'campaigns.mine.topic: "smoke_test": is the topic of npm run smoke; choose another one',
    ]);
    expect(Object.values(smokeTestEvents).every((name) => name.startsWith('smoke_test_'))).toBe(true);
  });
});

test('somebody is at midday, whatever the hour', () => {
  for (let hour = 0; hour < 24; hour += 1) {
    const nowMs = Date.UTC(2026, 10, 28, hour, 30);
    const timeZone = readTimeZone(zoneAtNoon(nowMs));
    expect(timeZone).toBeDefined();
    expect(new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format(nowMs)).toBe('12');
  }
});

test('docs/doctor.md has each step', () => {
  const steps = ['keys', 'routes', 'refusals', 'edges', 'profiles', 'campaign', 'emails', 'feedback', 'unsubscribe', 'second email', 'alarm', 'archive', 'clean up'];
  const documented = rowsIn(readText('docs/doctor.md')).map(([name]) => name);
  expect(documented.slice(documented.indexOf('step') + 1).filter((name) => steps.includes(name ?? ''))).toEqual(steps);
});

test.each([
  [['--stage', 'prod', '--to', 'you'], '--to "you": must be an email address'],
  [['--stage', 'nowhere'], '--stage "nowhere": must be one of dev, prod, which stages.ts describes'],
  [[], '--stage is missing: must be one of dev, prod'],
  [['--local', '--stage', 'prod'], '--local and --stage exclude each other'],
  [['--fast', '--local'], 'unknown option --fast; there are --stage, --local, --to, --quick, --json, --help'],
])('%j is refused', (argv, message) => {
  expect(() => parseOptions(argv, stages)).toThrow(message);
});

test('a stage, an address, and what is left out', () => {
  expect(parseOptions(['--stage', 'prod', '--to', 'you@example.com', '--quick', '--json'], stages)).toEqual({ where: { stageName: 'prod' }, to: 'you@example.com', isQuick: true, isJson: true });
  expect(parseOptions(['--help'], stages)).toBe('help');
});
