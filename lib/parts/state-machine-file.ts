import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CampaignConfig, Config } from '../../lambdas/schemas/config.ts';

const ending = '.asl.json';
/** Left for CloudFormation, as the ARN is only known when the stack is deployed. */
const deployTimeNames = ['SendEmailArn'];

/**
 * Reads a campaign's state machine file and puts in the delays of its steps and the time-outs of its waits, as numbers of
 * seconds. A string that is exactly `${OfferDelaySeconds}` becomes `afterHours * 3600` of the step `offer`, and
 * `${FirstLookTimeoutSeconds}` becomes `timeoutHours * 3600` of the wait `first_look`.
 * @returns Amazon States Language as JSON text, in which only `${SendEmailArn}` is left to be filled in
 * @throws Error when the file is missing or not JSON, or names a step that the campaign does not have
 */
export function readDefinition(folder: string, campaign: CampaignConfig): string {
  const file = campaign.stateMachine + ending;
  const path = join(folder, file);
  if (!existsSync(path)) {
    const there = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(ending)) : [];
    throw new Error(`stateMachine ${JSON.stringify(campaign.stateMachine)}: no file ${path}; there are ${there.join(', ') || 'none'}`);
  }
  const delays = delaysOf(campaign);
  try {
    return JSON.stringify(
      JSON.parse(readFileSync(path, 'utf8'), (_key, value: unknown) => substitute(value, delays)),
      null,
      2,
    );
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** @throws Error when two campaigns share a file, whose delays can only be those of one */
export function checkOneMachinePerCampaign(campaigns: Config['campaigns']): void {
  const userOf = new Map<string, string>();
  for (const [name, { stateMachine }] of Object.entries(campaigns)) {
    const other = userOf.get(stateMachine);
    if (other !== undefined)
      throw new Error(
        `campaigns.${name}.stateMachine: ${JSON.stringify(stateMachine)}: is used by campaigns.${other} already; copy the file`,
      );
    userOf.set(stateMachine, name);
  }
}

function delaysOf({ steps, waits }: CampaignConfig): Map<string, number> {
  const seconds = (hours: number) => Math.round(hours * 3600);
  return new Map([
    ...Object.entries(steps).map(([step, { afterHours }]) => [`${pascalCase(step)}DelaySeconds`, seconds(afterHours)] as const),
    ...Object.entries(waits).map(([wait, { timeoutHours }]) => [`${pascalCase(wait)}TimeoutSeconds`, seconds(timeoutHours)] as const),
  ]);
}

function substitute(value: unknown, delays: ReadonlyMap<string, number>): unknown {
  const name = typeof value === 'string' ? /^\$\{(\w+)\}$/.exec(value)?.[1] : undefined;
  if (name === undefined || deployTimeNames.includes(name)) return value;
  const delay = delays.get(name);
  if (delay === undefined) throw new Error(`\${${name}}: must be one of ${[...delays.keys(), ...deployTimeNames].join(', ')}`);
  return delay;
}

/** `second_reminder` and `second-reminder` -> `SecondReminder`. */
function pascalCase(name: string): string {
  return name
    .split(/[_-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
