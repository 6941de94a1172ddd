import { paginateDescribeAlarms, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { GetTopicAttributesCommand, paginateListSubscriptionsByTopic, type Subscription } from '@aws-sdk/client-sns';
import type { Check, Context } from '../context.ts';
import { counted, named, ok, orOk, putBack, warning, wrong, type Finding } from '../finding.ts';
import { resourcesOf } from '../template.ts';
import { mayPublish } from './topic-policy.ts';

interface AlarmProperties {
  AlarmName: string;
}

const noTopic = warning('nobody gets a mail from alarms: the stage has no alarmEmail', 'set alarmEmail in stages.ts, and deploy');

const noneHere: Finding = { status: 'unavailable', says: 'not available here' };

/** @returns undefined when the stage sends no alarm mail */
async function topicArn({ template, deployed }: Context): Promise<string | undefined> {
  const topic = resourcesOf(template, 'AWS::SNS::Topic')[0];
  return topic && deployed.physicalId(topic[0]);
}

export const alarms: Check = {
  name: 'alarms',
  permissions: ['cloudwatch:DescribeAlarms'],
  async run(context) {
    const { clients, template, stageName } = context;
    const wanted = resourcesOf<AlarmProperties>(template, 'AWS::CloudWatch::Alarm').map(([, { AlarmName }]) => AlarmName);
    const found = new Map<string, MetricAlarm>();
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client: clients.cloudwatch }, { AlarmNamePrefix: `segue-${stageName}-` })) for (const alarm of MetricAlarms) found.set(alarm.AlarmName ?? '', alarm);
    const own = wanted.flatMap((name) => found.get(name) ?? []);
    const namesOf = (some: readonly MetricAlarm[]) => some.map(({ AlarmName = '' }) => AlarmName);
    const missing = wanted.filter((name) => !found.has(name));
    const off = namesOf(own.filter(({ ActionsEnabled }) => !ActionsEnabled));
    const topic = await topicArn(context);
    const silent = topic === undefined ? [] : namesOf(own.filter(({ AlarmActions = [] }) => !AlarmActions.includes(topic)));
    const raised = own.filter(({ StateValue }) => StateValue === 'ALARM');
    const faults: Finding[] = [
      ...(missing.length > 0 ? [wrong(`${counted(missing.length, 'alarm')} missing: ${named(missing)}`, putBack(stageName))] : []),
      ...(off.length > 0 ? [wrong(`the actions of ${counted(off.length, 'alarm')} are off: ${named(off)}`, `aws cloudwatch enable-alarm-actions --alarm-names ${named(off)}`)] : []),
      ...(silent.length > 0 ? [wrong(`${counted(silent.length, 'alarm')} tell nobody: ${named(silent)}`, `add the topic ${topic} as their action, or ${putBack(stageName)}`)] : []),
      ...raised.map(({ AlarmName = '', AlarmDescription = '' }) => warning(`${AlarmName} is raised`, /docs\/\S+/.exec(AlarmDescription)?.[0] ?? 'docs/runbook.md')),
    ];
    return orOk(faults, `${counted(wanted.length, 'alarm')} exist, and none is raised`);
  },
};

export const alarmMail: Check = {
  name: 'alarm mail',
  permissions: ['sns:ListSubscriptionsByTopic'],
  async run(context) {
    const topic = await topicArn(context);
    const email = context.stage.alarmEmail;
    if (topic === undefined || email === undefined) return context.isLocal ? noneHere : noTopic;
    const subscriptions: Subscription[] = [];
    for await (const page of paginateListSubscriptionsByTopic({ client: context.clients.sns }, { TopicArn: topic })) subscriptions.push(...(page.Subscriptions ?? []));
    const own = subscriptions.filter(({ Protocol, Endpoint = '' }) => Protocol === 'email' && Endpoint.toLowerCase() === email.toLowerCase());
    const subscribe = `aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint ${email}`;
    if (own.length === 0) return wrong(`${email} does not get the alarms: it has no subscription`, `${subscribe}, and confirm the mail`);
    // Not an ARN before it is confirmed; "Deleted" after somebody has unsubscribed.
    if (!own.some(({ SubscriptionArn = '' }) => SubscriptionArn.startsWith('arn:'))) return wrong(`${email} has not confirmed that it wants the alarms`, `open the link in the mail from AWS; ${subscribe} sends it again`);
    return ok(`${email} gets the alarms`);
  },
};

export const alarmTopic: Check = {
  name: 'alarm topic',
  permissions: ['sns:GetTopicAttributes'],
  async run(context) {
    const topic = await topicArn(context);
    if (topic === undefined) return context.isLocal ? noneHere : ok('there is none, since the stage has no alarmEmail');
    const { Attributes = {} } = await context.clients.sns.send(new GetTopicAttributesCommand({ TopicArn: topic }));
    return mayPublish(Attributes.Policy ?? '', { service: 'cloudwatch.amazonaws.com', account: Attributes.Owner ?? topic.split(':')[4]!, topic })
      ? ok('alarms may publish to their topic')
      : wrong(`the policy of ${topic} does not let CloudWatch publish: no alarm mail goes out`, `${putBack(context.stageName)}, or allow cloudwatch.amazonaws.com sns:Publish there`);
  },
};
