import type { Stage } from '../../lambdas/schemas/stages.ts';
import { checkAccount } from '../deploy/run.ts';
import { UsageError } from '../simulate/errors.ts';
import type { Machine, Machines } from '../workflows/machines.ts';
import { whileEnding } from '../workflows/sweep.ts';
import type { Options } from './options.ts';

/** What taking a stage away needs of the world. */
export interface DestroyDeps {
  /** Runs the CDK's program with the terminal; @returns its exit code. */
  cdk(args: readonly string[], environment: Record<string, string>): Promise<number>;
  /** Id of the account that the credentials belong to. */
  accountId(): Promise<string>;
  machines: Machines;
  /** Has every campaign send nothing any more. */
  stopCampaigns(): Promise<void>;
  /** Deletes the API keys and usage plans that `npm run keys` has made: they hold on to the API, and CloudFormation does not know them. */
  releaseLimits(): Promise<void>;
  /** Names of the tables and buckets that the stage has left, of this stack and of earlier ones. */
  kept(): Promise<readonly string[]>;
  /** Asks for a text; undefined without a terminal. */
  ask?: (question: string) => Promise<string>;
  print(line: string): void;
  progress(ended: number, running: number): void;
}

/**
 * Deletes a stage's stack. Its mail stops first; then its workflows are ended, before and while AWS deletes their state machines.
 * @returns exit code: 0 when it is deleted or the user does not confirm; the CDK's own when it fails
 * @throws UsageError naming the value and what is allowed
 */
export async function destroy({ stageName, isAgreed }: Options, stage: Stage, deps: DestroyDeps): Promise<number> {
  const { ask, cdk, machines, print } = deps;
  if (!isAgreed && !ask) throw new UsageError('there is no terminal to ask on: give --yes');
  await checkAccount(stageName, stage, deps);
  const deployed = await machines.list();
  const running = new Map<Machine, number>();
  for (const machine of deployed) running.set(machine, await machines.running(machine));
  const total = [...running.values()].reduce((sum, count) => sum + count, 0);
  print(`Stage ${stageName} has ${deployed.length} campaigns with ${total} running workflows, which are ended. No mail is sent any more, and events are taken no more.`);
  print('Kept: the tables of profiles, sends and control, the archive, the reports and the dead letters.');
  if (!isAgreed && (await ask!(`Type ${stageName} to delete everything else:`)) !== stageName) {
    print('Nothing was deleted.');
    return 0;
  }
  // Where a deployment is half gone already, its table may be as well; the rest is still to be deleted.
  await deps.stopCampaigns().catch((error: unknown) => print(`The campaigns were not stopped: ${error instanceof Error ? error.message : String(error)}`));
  const cause = `stage ${stageName} is destroyed`;
  let ended = 0;
  for (const machine of deployed) {
    const before = ended;
    ended += await machines.end(machine, cause, (count) => deps.progress(before + count, total));
  }
  print(`${ended} workflows were ended.`);
  await deps.releaseLimits();
  const environment: Record<string, string> = stage.region ? { AWS_REGION: stage.region } : {};
  const code = await whileEnding(machines, deployed, cause, () => cdk(['destroy', `Segue-${stageName}`, '-c', `stage=${stageName}`, '--no-notices', '--force'], environment));
  if (code !== 0) return code;
  const kept = await deps.kept();
  if (kept.length > 0) print([`Stage ${stageName} is deleted. Kept, and still to be paid for:`, ...kept.map((name) => `  ${name}`), 'docs/operations.md, "The end of a stage", says how to delete them or go on with them.'].join('\n'));
  else print(`Stage ${stageName} is deleted, and nothing of it is left.`);
  return 0;
}
