import { join } from 'node:path';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { readDefinition } from '../../lib/parts/state-machine-file.ts';
import type { CampaignConfig } from '../../lambdas/schemas/config.ts';
import type { BranchAnswer, SendAnswer } from '../../lambdas/schemas/workflow.ts';

/** One line of what happened: a state that was entered, or how the execution ended. */
export interface Trace {
  states: string[];
  calls: Record<string, unknown>[];
  status: 'succeeded' | { error: string };
  retries: number;
}

/** Answers for the calls of a step, a branch or a wait, by its name, one after the other; an Error is thrown with its name, as Lambda reports it. */
export type Answers = Record<string, (SendAnswer | BranchAnswer | object | Error)[]>;

export function definitionOf(campaign: CampaignConfig): StateMachineDefinition {
  const text = readDefinition(join(import.meta.dirname, '../../examples/bookstore/statemachines'), campaign);
  // The interpreter knows neither task tokens nor the resource that waits for one; to the other states they are a call like any other.
  const plain = text.replaceAll('${SendEmailArn}', 'arn:aws:lambda:eu-west-1:000000000000:function:send-email').replaceAll('.waitForTaskToken"', '"').replaceAll('"token.$": "$$.Task.Token"', () => '"token": "t1"');
  return JSON.parse(plain) as StateMachineDefinition;
}

/** Interprets a campaign's definition with send-email played by `answers`; waits and retry pauses take no time. */
export async function interpret(definition: StateMachineDefinition, input: Record<string, unknown>, answers: Answers): Promise<Trace> {
  const states = Object.entries(definition.States);
  const named = (type: string) => states.filter(([, state]) => state.Type === type).map(([name]) => name);
  const trace: Trace = { states: [], calls: [], status: 'succeeded', retries: 0 };
  const queues = Object.fromEntries(Object.entries(answers).map(([step, list]) => [step, [...list]]));
  const call = (parameters: unknown) => {
    const { Payload } = parameters as { Payload: { step?: string; branch?: string; wait?: string } };
    trace.calls.push(Payload);
    const name = Payload.step ?? Payload.branch ?? Payload.wait ?? '';
    const answer = queues[name]?.shift();
    if (answer === undefined) throw new Error(`nobody expected another call of ${name}`);
    if (answer instanceof Error) throw answer;
    return { Payload: answer, StatusCode: 200 };
  };
  const execution = new StateMachine(definition, { validationOptions: { checkArn: false } }).run(input as never, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(named('Task').map((name) => [name, call as never])),
      waitTimeOverrides: Object.fromEntries(named('Wait').map((name) => [name, 0])),
      retryIntervalOverrides: Object.fromEntries(named('Task').map((name) => [name, 0])),
    },
  });
  const logs = (async () => {
    for await (const event of execution.eventLogs) {
      if (event.type === 'StateEntered') trace.states.push(event.state.name);
      if (event.type === 'StateRetried') trace.retries += 1;
      if (event.type === 'ExecutionFailed') trace.status = { error: event.Error };
    }
  })();
  await execution.result.catch(() => {});
  await logs;
  return trace;
}
