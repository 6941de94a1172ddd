import { randomUUID } from 'node:crypto';
import type { BusEvent } from '../eventbridge/bus.ts';
import type { Place } from './intrinsics.ts';
import type { Execution } from './states.ts';

/**
 * What Step Functions publishes on EventBridge when an execution has ended
 * (https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html); times are milliseconds since 1970.
 */
export function statusEvent({ arn, name, machineArn, status, input, startedAtMs, ended }: Execution, { region, accountId }: Place): BusEvent {
  const stopDate = ended?.atMs ?? null;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: accountId,
    time: `${new Date(stopDate ?? startedAtMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machineArn,
      name,
      status,
      startDate: startedAtMs,
      stopDate,
      input,
      output: ended?.output ?? null,
      inputDetails: { included: true },
      outputDetails: ended?.output === undefined ? null : { included: true },
      error: ended?.error ?? null,
      cause: ended?.cause ?? null,
    },
  };
}
