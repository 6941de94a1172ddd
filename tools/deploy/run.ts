import { atRest, totalOf } from '../../bench/prices.ts';
import type { Stage } from '../../lambdas/schemas/stages.ts';
import { UsageError } from '../simulate/errors.ts';
import type { Machine, Machines } from '../workflows/machines.ts';
import { whileEnding } from '../workflows/sweep.ts';
import type { Options } from './options.ts';

/** What a deployment needs of the world. */
export interface DeployDeps {
  /** Runs the CDK's program with the terminal; @returns its exit code. */
  cdk(args: readonly string[], environment: Record<string, string>): Promise<number>;
  /** Id of the account that the credentials belong to. */
  accountId(): Promise<string>;
  /** Open shards of a stage's stream; undefined when the stage is not deployed. */
  openShards(stageName: string): Promise<number | undefined>;
  /** The stage's state machines, as they are deployed. */
  machines: Machines;
  /** Names of the state machine files that the config uses. */
  stateMachines: readonly string[];
  /** Metrics that the stack's alarms look at. */
  alarmMetrics: number;
  /** Asks a question that is answered with yes or no; undefined without a terminal. */
  ask?: (question: string) => Promise<boolean>;
  print(line: string): void;
}

/**
 * Deploys a stage. What AWS would refuse after minutes is refused at once.
 * @returns exit code: 0 when it is deployed, shown, or the user says no; the CDK's own when it fails
 * @throws UsageError naming the value and what is allowed
 */
export async function deploy({ stageName, isAgreed, isDiffOnly }: Options, stage: Stage, deps: DeployDeps): Promise<number> {
  if (!isAgreed && !isDiffOnly && !deps.ask) throw new UsageError('there is no terminal to ask on: give --yes, or --diff to only look');
  await checkAccount(stageName, stage, deps);
  await checkShards(stageName, stage, deps);
  const removed = (await deps.machines.list()).filter(({ name }) => !deps.stateMachines.includes(name));
  const target = [`Segue-${stageName}`, '-c', `stage=${stageName}`, '--no-notices'];
  const environment: Record<string, string> = stage.region ? { AWS_REGION: stage.region } : {};
  const diffed = await deps.cdk(['diff', ...target], environment);
  if (diffed !== 0) return diffed;
  deps.print(priceAtRest(stage, deps.alarmMetrics));
  for (const line of await removalLines(removed, deps)) deps.print(line);
  if (isDiffOnly) return 0;
  if (!isAgreed && !(await deps.ask?.(`Deploy stage ${stageName}?`))) {
    deps.print('Nothing was deployed.');
    return 0;
  }
  // Asked already, with the whole change in view.
  const deployed = await whileEnding(deps.machines, removed, 'its campaign was taken out of the config', () => deps.cdk(['deploy', ...target, '--require-approval', 'never'], environment));
  if (deployed === 0) deps.print(nextSteps(stageName, stage));
  return deployed;
}

/** AWS deletes a state machine only when its last execution has ended, so a deployment ends those of campaigns that are gone. */
async function removalLines(removed: readonly Machine[], { machines }: DeployDeps): Promise<string[]> {
  return Promise.all(removed.map(async (machine) => `The state machine ${machine.name} is no longer in segue.config.ts: the deployment ends its ${await machines.running(machine)} running workflows, and deletes it.`));
}

/** @throws UsageError when the credentials are of another account than the stage names */
export async function checkAccount(stageName: string, { account }: Stage, { accountId }: Pick<DeployDeps, 'accountId'>): Promise<void> {
  if (account === undefined) return;
  const own = await accountId();
  if (own !== account) throw new UsageError(`stage ${stageName}: account is ${account} in stages.ts, and the AWS credentials belong to ${own}`);
}

/** UpdateShardCount at most doubles or halves the open shards, and CloudFormation calls it once. */
async function checkShards(stageName: string, { shards }: Stage, { openShards }: DeployDeps): Promise<void> {
  const open = await openShards(stageName);
  if (open === undefined) return;
  const [least, most] = [Math.ceil(open / 2), open * 2];
  if (shards < least || shards > most) {
    throw new UsageError(`stage ${stageName}: shards is ${shards} in stages.ts, and the stream has ${open}: one deployment can go from ${least} to ${most}`);
  }
}

function priceAtRest(stage: Stage, alarmMetrics: number): string {
  const total = totalOf(atRest(alarmMetrics, stage));
  return `\nA month in which nothing happens costs about ${total.toFixed(2)} USD (list prices of us-east-1; docs/costs.md has the rest).\n`;
}

function nextSteps(stageName: string, { alarmEmail, hold }: Stage): string {
  return [
    '',
    'Next:',
    ...(hold ? [`  - all mail of ${stageName} is held: when its workflows look right, set hold to false in stages.ts and deploy again`] : []),
    ...(alarmEmail ? [`  - confirm the subscription that AWS has mailed to ${alarmEmail}`] : []),
    `  - npm run keys -- create --source web --stage ${stageName}`,
    `  - npm run keys -- create --source server --stage ${stageName}`,
    '  - verify the sender in SES and leave the sandbox: README, "Deploy"',
    `  - npm run doctor -- --stage ${stageName}   looks at all of it, and says what is missing`,
    `  - npm run smoke -- --stage ${stageName}    uses all of it, with emails to SES's simulator`,
    '  - send a first event to the Endpoint above',
  ].join('\n');
}
