import { join } from 'node:path';
import { readDefinition } from '../../lib/parts/state-machine-file.ts';
import type { CampaignConfig } from '../../lambdas/schemas/config.ts';

/** State machines of the example shop. */
export const exampleDefinitions = join(import.meta.dirname, '../../examples/bookstore/statemachines');

/** The part of Amazon States Language that campaigns are written in. */
export type State =
  | { Type: 'Wait'; Seconds?: number; Next: string }
  | { Type: 'Task'; Parameters: { Payload: { step?: string; branch?: string; wait?: string } }; ResultPath: string; TimeoutSeconds?: number; Next?: string; End?: boolean }
  | { Type: 'Choice'; Choices: { Variable: string; StringEquals: string; Next: string }[]; Default?: string }
  | { Type: 'Succeed' };

export interface Machine {
  StartAt: string;
  States: Record<string, State>;
}

const known = new WeakMap<CampaignConfig, Machine>();

/**
 * A campaign's state machine, with the delays of its steps. Its file is read once, however many workflows follow it.
 * @throws Error when it uses what the simulation cannot follow
 */
export function machineOf(campaign: CampaignConfig, definitionFolder: string): Machine {
  let machine = known.get(campaign);
  if (machine === undefined) {
    machine = checked(campaign.stateMachine, JSON.parse(readDefinition(definitionFolder, campaign)) as Machine);
    known.set(campaign, machine);
  }
  return machine;
}

function checked(file: string, machine: Machine): Machine {
  for (const [name, state] of Object.entries(machine.States)) {
    if (!['Wait', 'Task', 'Choice', 'Succeed'].includes(state.Type)) throw new Error(`${file}: state "${name}": the simulation cannot follow the type ${state.Type}`);
    if (state.Type === 'Choice' && !state.Choices.every((choice) => 'Variable' in choice && 'StringEquals' in choice))
      throw new Error(`${file}: state "${name}": the simulation can only compare a variable by StringEquals`);
  }
  return machine;
}

/** Where a Choice leads; `results` holds what tasks answered, by their result paths. */
export function chosen({ Choices, Default }: Extract<State, { Type: 'Choice' }>, results: Record<string, object>): string | undefined {
  const valueAt = (path: string) => {
    const [, name = '', ...inner] = path.split('.');
    return inner.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], results[name]);
  };
  return Choices.find(({ Variable, StringEquals }) => valueAt(Variable) === StringEquals)?.Next ?? Default;
}
