import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stateMachineText } from '../../tools/new-campaign/state-machine.ts';

interface Retrier {
  ErrorEquals: string[];
  MaxAttempts?: number;
}
interface Task {
  Type: string;
  Resource: string;
  Retry?: Retrier[];
  Catch?: { ErrorEquals: string[] }[];
}

const root = join(import.meta.dirname, '../..');
const files = globSync(['statemachines/*.asl.json', 'examples/**/*.asl.json', 'tools/**/*.asl.json'], { cwd: root, exclude: (path) => path.includes('node_modules') });
const definitions: [name: string, text: string][] = [
  ...files.map((file): [string, string] => [file, readFileSync(join(root, file), 'utf8')]),
  ...[['only'], ['first', 'second', 'third']].map((steps): [string, string] => [`npm run new:campaign with ${steps.length} steps`, stateMachineText('T', steps)]),
];

/** What a Lambda task can show to Step Functions, by https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html and the AWS SDK's names. */
const errors = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ResourceNotFoundException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
  'TransactionConflictException',
  'WriteConflict',
  'TimeoutError',
  'Error',
  'TypeError',
  'UnknownStep',
  'SendThrottled',
  'SendQuotaReached',
  'SendingPaused',
  'SenderNotVerified',
  'SendRejected',
];

/** The Amazon States Language: the first retrier that names the error counts; States.TaskFailed stands for all but States.Timeout. */
function attemptsAfter(error: string, retriers: readonly Retrier[] = []): number {
  const names = (pattern: string) => pattern === error || pattern === 'States.ALL' || (pattern === 'States.TaskFailed' && error !== 'States.Timeout');
  const retrier = retriers.find(({ ErrorEquals }) => ErrorEquals.some(names));
  return retrier === undefined ? 0 : (retrier.MaxAttempts ?? 3);
}

test('there are state machines to look at', () => {
  expect(files.length).toBeGreaterThanOrEqual(6);
});

describe.each(definitions)('%s', (_name, text) => {
  const tasks = Object.entries((JSON.parse(text) as { States: Record<string, Task> }).States).filter(([, { Type }]) => Type === 'Task');

  test('every task is retried after every error, long enough for a fault to pass', () => {
    expect(tasks.length).toBeGreaterThan(0);
    for (const [name, { Retry }] of tasks) {
      for (const error of errors) expect(attemptsAfter(error, Retry), `${name} after ${error}`).toBeGreaterThanOrEqual(10);
    }
  });

  test('a time-out is retried too, unless waiting for it is what the task does', () => {
    for (const [name, { Resource, Retry, Catch = [] }] of tasks) {
      const waits = Resource.endsWith('.waitForTaskToken');
      expect(attemptsAfter('States.Timeout', Retry) > 0, name).toBe(!waits);
      if (waits) expect(Catch.flatMap(({ ErrorEquals }) => ErrorEquals), name).toContain('States.Timeout');
    }
  });
});
