import { DescribeStreamSummaryCommand, KinesisClient, ResourceNotFoundException } from '@aws-sdk/client-kinesis';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { alarmMetricsOf } from '../bench/alarm-metrics.ts';
import { askYes } from './ask.ts';
import type { Stage } from '../lambdas/schemas/stages.ts';
import { SegueStack } from '../lib/segue-stack.ts';
import { smokeTest } from '../lambdas/schemas/smoke-test.ts';
import stages from '../stages.ts';
import { help, parseOptions, type Options } from './deploy/options.ts';
import { runCdk } from './deploy/cdk.ts';
import { deploy } from './deploy/run.ts';
import { checkedShop } from './shop/check.ts';
import { UsageError } from './simulate/errors.ts';
import { streamOf } from './stream/target.ts';
import { machinesOfStage } from './workflows/machines.ts';

try {
  const options = parseOptions(process.argv.slice(2), stages);
  if (options === 'help') console.log(help);
  else process.exitCode = await main(options, stages[options.stageName]!);
} catch (error) {
  console.error(`deploy: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main(options: Options, stage: Stage): Promise<number> {
  const region = stage.region ? { region: stage.region } : {};
  const { config, definitionFolder } = await checkedShop();
  const stack = new SegueStack(new App(), 'Segue-price', { ...stage, stageName: options.stageName, config, definitionFolder, code: () => Code.fromInline('export const handler = () => {};') });
  return deploy(options, stage, {
    cdk: runCdk,
    accountId: async () => (await new STSClient(region).send(new GetCallerIdentityCommand({}))).Account ?? '',
    openShards: (stageName) => openShards(new KinesisClient(region), streamOf(stageName)),
    machines: machinesOfStage(options.stageName, stage.region),
    stateMachines: [...Object.values(config.campaigns).map(({ stateMachine }) => stateMachine), smokeTest],
    alarmMetrics: alarmMetricsOf(Template.fromStack(stack)),
    ...(process.stdin.isTTY && { ask: askYes }),
    print: (line) => console.log(line),
  });
}

async function openShards(client: KinesisClient, streamName: string): Promise<number | undefined> {
  try {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
    return StreamDescriptionSummary?.OpenShardCount;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
