const lambdaInvoke = 'arn:aws:states:::lambda:invoke';
const passedOn = ['campaign', 'userKey', 'key', 'entryAtMs', 'executionName', 'thresholdsVersion'];

/**
 * The task answers the same however often it is asked, so every error is retried. Those that say when it may work again have a
 * pace of their own; all others (Lambda, DynamoDB, the network, a fault in a template) are tried for about two hours, in which a fix can be deployed.
 */
const retries = [
  { ErrorEquals: ['SendThrottled'], IntervalSeconds: 30, MaxAttempts: 12, BackoffRate: 2, MaxDelaySeconds: 3600, JitterStrategy: 'FULL' },
  { ErrorEquals: ['SendQuotaReached'], IntervalSeconds: 900, MaxAttempts: 28, BackoffRate: 2, MaxDelaySeconds: 3600 },
  { ErrorEquals: ['SendingPaused'], IntervalSeconds: 900, MaxAttempts: 26, BackoffRate: 2, MaxDelaySeconds: 7200 },
  { ErrorEquals: ['SenderNotVerified', 'SendRejected'], IntervalSeconds: 900, MaxAttempts: 14, BackoffRate: 2, MaxDelaySeconds: 7200 },
  { ErrorEquals: ['States.TaskFailed', 'States.Timeout'], IntervalSeconds: 5, MaxAttempts: 48, BackoffRate: 2, MaxDelaySeconds: 600, JitterStrategy: 'FULL' },
];

/** A state machine that waits and sends, step after step, until one is not sent. */
export function stateMachineText(title: string, steps: readonly string[]): string {
  const states = Object.assign({}, ...steps.map((step, index) => statesOf(step, steps[index + 1]))) as Record<string, object>;
  return `${JSON.stringify({ Comment: title, StartAt: waitName(steps[0] as string), States: { ...states, Ended: { Type: 'Succeed' } } }, null, 2)}\n`;
}

const waitName = (step: string): string => `Wait before the ${wordsOf(step)}`;
const wordsOf = (step: string): string => step.replaceAll(/[_-]/g, ' ');
const pascalCase = (step: string): string => step.split(/[_-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');

function statesOf(step: string, next: string | undefined): Record<string, object> {
  const [send, decide, later] = [`Send the ${wordsOf(step)}`, `Did the ${wordsOf(step)} go?`, `Wait until the ${wordsOf(step)} may go`];
  const outcome = (is: string, to: string) => ({ Variable: `$.${step}.answer.outcome`, StringEquals: is, Next: to });
  return {
    [waitName(step)]: { Type: 'Wait', Seconds: `\${${pascalCase(step)}DelaySeconds}`, Next: send },
    [send]: {
      Type: 'Task',
      Resource: lambdaInvoke,
      Parameters: { FunctionName: '${SendEmailArn}', Payload: { ...Object.fromEntries(passedOn.map((name) => [`${name}.$`, `$.${name}`])), step } },
      ResultSelector: { 'answer.$': '$.Payload' },
      ResultPath: `$.${step}`,
      Retry: retries,
      Next: decide,
    },
    [decide]: { Type: 'Choice', Choices: [...(next === undefined ? [] : [outcome('sent', waitName(next))]), outcome('deferred', later)], Default: 'Ended' },
    [later]: { Type: 'Wait', TimestampPath: `$.${step}.answer.until`, Next: send },
  };
}
