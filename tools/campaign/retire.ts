import type { ControlStore } from '../../lambdas/adapters/control-store.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { UsageError } from '../simulate/errors.ts';
import type { Machines } from '../workflows/machines.ts';

export interface RetireDeps {
  control: Pick<ControlStore, 'setCampaignState'>;
  machines: Machines;
  nowMs: number;
  /** Asks a question that is answered with yes or no; undefined when nobody is to be asked. */
  ask?: ((question: string) => Promise<boolean>) | undefined;
  print(line: string): void;
  progress(ended: number, running: number): void;
}

/**
 * Prepares a campaign for being taken out of the config: no mail of it is sent any more, and its workflows are ended, since AWS
 * keeps a state machine until the last of them has ended.
 * @param name of the campaign; or, where it is in the config no more, of its state machine
 * @returns false when the user says no
 * @throws UsageError naming the state machines that there are, when there is none for it
 */
export async function retire(name: string, campaigns: Config['campaigns'], { control, machines, nowMs, ask, print, progress }: RetireDeps): Promise<boolean> {
  const machineName = Object.hasOwn(campaigns, name) ? campaigns[name]!.stateMachine : name;
  const deployed = await machines.list();
  const machine = deployed.find((one) => one.name === machineName);
  if (!machine) throw new UsageError(`campaign ${JSON.stringify(name)}: no state machine ${JSON.stringify(machineName)} is deployed; there are ${deployed.map((one) => one.name).join(', ') || 'none'}`);
  const running = await machines.running(machine);
  if (ask && !(await ask(`Stop ${name} and end its ${running} running workflows for good?`))) {
    print('Nothing was changed.');
    return false;
  }
  await control.setCampaignState(name, 'stopped', nowMs);
  const ended = await machines.end(machine, `campaign ${name} was retired`, (count) => progress(count, running));
  print(`${name} is stopped, and ${ended} workflows were ended. Now take it out of segue.config.ts, delete statemachines/${machineName}.asl.json, and deploy.`);
  print('Until then people can still enter it, and what they enter ends at its first email; deploying ends those workflows, too. Should it come back later: npm run campaign -- resume');
  return true;
}
