import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readDefinition } from '../../lib/parts/state-machine-file.ts';
import type { CampaignConfig, Config } from '../../lambdas/schemas/config.ts';
import { nameOf } from './shop.ts';

const ending = '.asl.json';

interface Task {
  Type: 'Task';
  Parameters?: { Payload?: { step?: string; branch?: string; wait?: string } };
  ResultPath?: string;
}
interface Choice {
  Variable?: string;
  StringEquals?: string;
  Next?: string;
}
type State = { Type?: string; Next?: string; Default?: string; End?: boolean; Choices?: Choice[]; Catch?: { Next?: string }[] } & Partial<Omit<Task, 'Type'>>;
interface Machine {
  StartAt?: string;
  States?: Record<string, State>;
}

/**
 * What is wrong between the campaigns and their state machine files, one line each: steps, waits, branches and delays that
 * one has and the other has not, and states that cannot be reached or never end.
 */
export function machineProblems({ campaigns }: Config, folder: string): string[] {
  const userOf = new Map<string, string>();
  return Object.entries(campaigns).flatMap(([name, campaign]) => {
    const at = `campaigns.${name}`;
    const other = userOf.get(campaign.stateMachine);
    if (other !== undefined) return [`${at}.stateMachine: ${JSON.stringify(campaign.stateMachine)}: is used by campaigns.${other} already; copy the file`];
    userOf.set(campaign.stateMachine, name);
    return problemsOf(at, campaign, folder);
  });
}

/** Files that no campaign uses, which is no mistake, but may be one in a name. */
export function unusedMachines({ campaigns }: Config, folder: string): string[] {
  const used = Object.values(campaigns).map(({ stateMachine }) => stateMachine + ending);
  return filesIn(folder).filter((file) => !used.includes(file)).map((file) => `${nameOf(join(folder, file))}: no campaign uses this state machine`);
}

function problemsOf(at: string, campaign: CampaignConfig, folder: string): string[] {
  const path = join(folder, campaign.stateMachine + ending);
  const file = nameOf(path);
  if (!existsSync(path)) {
    const there = filesIn(folder).map((name) => name.slice(0, -ending.length));
    return [`${at}.stateMachine: ${JSON.stringify(campaign.stateMachine)}: there is no ${file}; must be one of ${there.join(', ') || 'the files in statemachines/, of which there is none'}`];
  }
  const text = readFileSync(path, 'utf8');
  try {
    const machine = JSON.parse(readDefinition(folder, campaign)) as Machine;
    if (machine.StartAt === undefined || machine.States === undefined) return [`${file}: needs StartAt and States`];
    return [...shapeProblems(file, machine.StartAt, machine.States), ...matchProblems(at, file, campaign, machine.States), ...delayProblems(at, file, campaign, text)];
  } catch (error) {
    return [`${file}: ${(error instanceof Error ? error.message : String(error)).replace(`${path}: `, '').replaceAll('\n', ' ')}`];
  }
}

/** States that lead nowhere, that nothing leads to, or from which no end is reached. */
function shapeProblems(file: string, start: string, states: Record<string, State>): string[] {
  const names = Object.keys(states);
  const targetsOf = ({ Next, Default, Choices = [], Catch = [] }: State) => [Next, Default, ...[...Choices, ...Catch].map((one) => one.Next)].filter((name) => name !== undefined);
  const missing = [...new Set([start, ...Object.values(states).flatMap(targetsOf)])].filter((name) => !Object.hasOwn(states, name));
  if (missing.length > 0) return missing.map((name) => `${file}: Next ${JSON.stringify(name)}: must be one of ${names.join(', ')}`);
  const isEnd = ({ Type, End }: State) => End === true || Type === 'Succeed' || Type === 'Fail';
  const reached = closure([start], (name) => targetsOf(states[name]!));
  const ending = closure(names.filter((name) => isEnd(states[name]!)), (name) => names.filter((from) => targetsOf(states[from]!).includes(name)));
  return [
    ...names.filter((name) => !reached.has(name)).map((name) => `${file}: state ${JSON.stringify(name)}: no other state leads to it`),
    ...names.filter((name) => reached.has(name) && !ending.has(name)).map((name) => `${file}: state ${JSON.stringify(name)}: never ends; it needs a way to a state with "End": true or "Type": "Succeed"`),
  ];
}

function closure(first: readonly string[], next: (name: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set(first);
  for (const name of found) for (const one of next(name)) found.add(one);
  return found;
}

/** What tasks ask for must be in the config, and what the config has must be asked for. */
function matchProblems(at: string, file: string, campaign: CampaignConfig, states: Record<string, State>): string[] {
  const tasks = Object.entries(states).filter(([, { Type }]) => Type === 'Task');
  const kinds = [
    ['step', 'steps', Object.keys(campaign.steps)],
    ['branch', 'branches', Object.keys(campaign.branches)],
    ['wait', 'waits', Object.keys(campaign.waits)],
  ] as const;
  const problems = kinds.flatMap(([kind, field, configured]) => {
    const asked = tasks.flatMap(([name, { Parameters }]) => {
      const value = Parameters?.Payload?.[kind];
      return value === undefined ? [] : [{ name, value }];
    });
    return [
      ...asked.filter(({ value }) => !configured.includes(value)).map(({ name, value }) => `${file}: state ${JSON.stringify(name)}: ${kind} ${JSON.stringify(value)}: must be one of ${at}.${field}: ${configured.join(', ') || 'there is none'}`),
      ...configured.filter((value) => !asked.some((one) => one.value === value)).map((value) => `${at}.${field}.${value}: no task of ${file} asks for this ${kind}`),
    ];
  });
  return [...problems, ...Object.entries(campaign.branches).flatMap(([branch, choices]) => branchProblems(`${at}.branches.${branch}`, file, branch, choices, states))];
}

/** Every answer that a branch can give is a choice of the state machine, or falls to its default; and every choice is an answer. */
function branchProblems(at: string, file: string, branch: string, choices: readonly { to: string }[], states: Record<string, State>): string[] {
  const task = Object.values(states).find(({ Parameters }) => Parameters?.Payload?.branch === branch);
  if (task?.ResultPath === undefined) return [];
  const variable = `${task.ResultPath}.answer.to`;
  const deciding = Object.entries(states).flatMap(([name, state]) => (state.Choices?.some(({ Variable }) => Variable === variable) ? [{ name, state }] : []));
  if (deciding.length === 0) return [`${at}: ${file} has no Choice on ${variable}`];
  const answers = [...choices.map(({ to }) => to), 'otherwise'];
  return deciding.flatMap(({ name, state }) => {
    const compared = (state.Choices ?? []).flatMap(({ Variable, StringEquals }) => (Variable === variable && StringEquals !== undefined ? [StringEquals] : []));
    return [
      ...compared.filter((to) => !answers.includes(to)).map((to) => `${file}: state ${JSON.stringify(name)}: StringEquals ${JSON.stringify(to)}: must be one of ${answers.join(', ')}`),
      ...choices.filter(({ to }) => !compared.includes(to)).map(({ to }) => `${at}: ${JSON.stringify(to)}: ${file} has no choice for it in the state ${JSON.stringify(name)}`),
      ...(state.Default === undefined && !compared.includes('otherwise') ? [`${file}: state ${JSON.stringify(name)}: needs a Default, for people to whom no rule of the branch applies`] : []),
    ];
  });
}

/** A delay of the config that the file does not use would be a number without effect. */
function delayProblems(at: string, file: string, { steps, waits }: CampaignConfig, text: string): string[] {
  const name = (key: string) => key.split(/[_-]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const unused = (path: string, hours: number, variable: string) => (text.includes(`\${${variable}}`) ? [] : [`${path}: ${hours}: has no effect, since ${file} has no \${${variable}}`]);
  return [
    ...Object.entries(steps).flatMap(([step, { afterHours }]) => (afterHours === 0 ? [] : unused(`${at}.steps.${step}.afterHours`, afterHours, `${name(step)}DelaySeconds`))),
    ...Object.entries(waits).flatMap(([wait, { timeoutHours }]) => unused(`${at}.waits.${wait}.timeoutHours`, timeoutHours, `${name(wait)}TimeoutSeconds`)),
  ];
}

const filesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(ending)).sort() : []);
