import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { readBody } from '../api-gateway/body.ts';
import { StatesError, type Execution, type States } from './states.ts';

const maxRequestBytes = 1024 * 1024;

type Request = Record<string, string | undefined>;

/** The Step Functions API (AWS JSON 1.0), as far as functions and operators of a stack use it. */
export function createStatesServer(states: Pick<States, 'start' | 'stop' | 'settleTask' | 'describe' | 'list' | 'machines'>): Server {
  const actions: Record<string, (request: Request) => object> = {
    StartExecution: ({ stateMachineArn = '', name = randomUUID(), input = '{}' }) => {
      const { arn, startedAtMs } = states.start(stateMachineArn, name, input);
      return { executionArn: arn, startDate: startedAtMs / 1000 };
    },
    StopExecution: ({ executionArn = '', error, cause }) => ({ stopDate: states.stop(executionArn, error, cause).ended!.atMs / 1000 }),
    SendTaskSuccess: ({ taskToken = '', output = '' }) => {
      states.settleTask(taskToken, { output: outputIn(output) });
      return {};
    },
    SendTaskFailure: ({ taskToken = '', error = '', cause = '' }) => {
      states.settleTask(taskToken, { error, cause });
      return {};
    },
    DescribeExecution: ({ executionArn = '' }) => described(states.describe(executionArn)),
    ListStateMachines: () => ({ stateMachines: states.machines().map(({ arn, name }) => ({ stateMachineArn: arn, name, type: 'STANDARD' })) }),
    ListExecutions: ({ stateMachineArn, statusFilter }) => ({
      executions: states
        .list(stateMachineArn)
        .filter(({ status }) => statusFilter === undefined || status === statusFilter)
        .map((execution) => summary(execution)),
    }),
  };
  return createServer((request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() });
      response.end(JSON.stringify(body));
    };
    const handle = async () => {
      const action = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
      const body = await readBody(request, maxRequestBytes);
      if (!Object.hasOwn(actions, action))
        throw new StatesError('UnknownOperationException', `${action}: the local runtime knows ${Object.keys(actions).join(', ')}`);
      return actions[action]!(JSON.parse(body ?? '{}') as Request);
    };
    handle().then(
      (body) => answer(200, body),
      (error: unknown) =>
        error instanceof StatesError
          ? answer(400, { __type: error.code, message: error.message })
          : answer(500, { __type: 'InternalFailure', message: String(error) }),
    );
  });
}

function outputIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StatesError('InvalidOutput', `Invalid Output: '${text.slice(0, 100)}' is not JSON`);
  }
}

function summary({ arn, name, machineName, status, startedAtMs, ended }: Execution): object {
  const stateMachineArn = arn.replace(':execution:', ':stateMachine:').split(':').slice(0, 6).concat(machineName).join(':');
  return { executionArn: arn, stateMachineArn, name, status, startDate: startedAtMs / 1000, ...(ended && { stopDate: ended.atMs / 1000 }) };
}

function described(execution: Execution): object {
  const { ended } = execution;
  return {
    ...summary(execution),
    input: execution.input,
    ...(ended?.output !== undefined && { output: ended.output }),
    ...(ended?.error !== undefined && { error: ended.error }),
    ...(ended?.cause !== undefined && { cause: ended.cause }),
  };
}
