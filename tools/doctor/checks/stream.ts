import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { ListEventSourceMappingsCommand, type EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import type { Check } from '../context.ts';
import { counted, orOk, putBack, warning, wrong, type Finding } from '../finding.ts';
import { resourcesOf } from '../template.ts';

interface StreamProperties {
  Name: string;
  ShardCount?: number;
  RetentionPeriodHours?: number;
}

export const stream: Check = {
  name: 'stream',
  permissions: ['kinesis:DescribeStreamSummary'],
  async run({ clients, template, stageName }) {
    const [[, { Name, ShardCount: shards = 1, RetentionPeriodHours: hours = 24 }]] = resourcesOf<StreamProperties>(template, 'AWS::Kinesis::Stream') as [[string, StreamProperties]];
    const faults: Finding[] = [];
    try {
      const { StreamDescriptionSummary: found } = await clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: Name }));
      if (found?.StreamStatus !== 'ACTIVE') faults.push(warning(`${Name} is ${found?.StreamStatus}`, 'wait, and run this again'));
      if (found?.OpenShardCount !== shards) faults.push(wrong(`${Name} has ${counted(found?.OpenShardCount ?? 0, 'shard')}, and the stage asks for ${shards}`, `let shards in stages.ts be what you want, then npm run deploy -- --stage ${stageName}; or aws kinesis update-shard-count --stream-name ${Name} --target-shard-count ${shards} --scaling-type UNIFORM_SCALING`));
      if (found?.RetentionPeriodHours !== hours) faults.push(wrong(`${Name} keeps events for ${found?.RetentionPeriodHours} hours, and the stage asks for ${hours}`, `aws kinesis ${(found?.RetentionPeriodHours ?? 0) < hours ? 'increase' : 'decrease'}-stream-retention-period --stream-name ${Name} --retention-period-hours ${hours}`));
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) throw error;
      faults.push(wrong(`${Name} is gone`, putBack(stageName)));
    }
    return orOk(faults, `${Name} is active, with ${counted(shards, 'shard')}, and keeps events for ${hours} hours`);
  },
};

interface MappingProperties {
  FunctionName: { Ref: string };
  EventSourceArn: { 'Fn::GetAtt': [string, string] };
}

export const mapping: Check = {
  name: 'mapping',
  permissions: ['lambda:ListEventSourceMappings'],
  async run({ clients, template, stageName }) {
    const wanted = resourcesOf<MappingProperties>(template, 'AWS::Lambda::EventSourceMapping');
    const found = await Promise.all(
      wanted.map(async ([, { FunctionName, EventSourceArn }]) => {
        const functionName = String(template.Resources[FunctionName.Ref]?.Properties.FunctionName);
        const streamName = String(template.Resources[EventSourceArn['Fn::GetAtt'][0]]?.Properties.Name);
        const { EventSourceMappings = [] } = await clients.lambda.send(new ListEventSourceMappingsCommand({ FunctionName: functionName }));
        const mappings = EventSourceMappings.filter(({ EventSourceArn: arn = '' }) => arn.endsWith(`:stream/${streamName}`));
        if (mappings.length === 0) return [wrong(`${functionName} does not read ${streamName}: its event source mapping is gone, so events wait and are lost after the stream's retention`, putBack(stageName))];
        return mappings.flatMap((one) => faultsOf(one, functionName));
      }),
    );
    return orOk(found.flat(), `${counted(wanted.length, 'function')} read the stream, and the last batches went well`);
  },
};

function faultsOf({ UUID, State, StateTransitionReason, LastProcessingResult = '' }: EventSourceMappingConfiguration, functionName: string): Finding[] {
  const text = `the event source mapping of ${functionName} is ${State}`;
  if (State === 'Disabled' || State === 'Disabling') return [wrong(`${text} (${StateTransitionReason ?? 'no reason given'}): events wait, and are lost after the stream's retention`, `aws lambda update-event-source-mapping --uuid ${UUID} --enabled`)];
  if (LastProcessingResult.startsWith('PROBLEM')) return [wrong(`${functionName} could not process its last batch: ${LastProcessingResult}`, `read the log of ${functionName}; docs/runbook.md#process-events-errors`)];
  return State === 'Enabled' ? [] : [warning(text, 'wait, and run this again')];
}
