import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../lambdas/schemas/config.ts';
import { defineStages } from '../../lambdas/schemas/stages.ts';
import { retire, type RetireDeps } from '../../tools/campaign/retire.ts';
import { parseOptions } from '../../tools/destroy/options.ts';
import { destroy, type DestroyDeps } from '../../tools/destroy/run.ts';
import { deploy } from '../../tools/deploy/run.ts';
import { createMachines, type Machines } from '../../tools/workflows/machines.ts';
import { startStatesService, type StatesService } from '../support/states-service.ts';

let service: StatesService;
let machines: Machines;
/** All that happened, in its order. */
let events: string[];

beforeEach(async () => {
  // Another stage's name begins with this one's.
  service = await startStatesService(['segue-prod-abandoned-cart', 'segue-prod-welcome', 'segue-production-welcome']);
  machines = createMachines(service.client, 'segue-prod-');
  events = [];
});
afterEach(() => service.close());

const start = (machine: string, name: string) => service.states.start(service.arnOf(machine), name, '{}');
const running = (machine: string) => service.states.list(service.arnOf(machine)).filter(({ status }) => status === 'RUNNING').length;

test('the state machines of a stage are its own', async () => {
  expect((await machines.list()).map(({ name }) => name)).toEqual(['abandoned-cart', 'welcome']);
});

describe('npm run campaign -- retire', () => {
  const campaigns = { abandoned_cart: { stateMachine: 'abandoned-cart' } } as unknown as Config['campaigns'];
  const deps = (change: Partial<RetireDeps> = {}): RetireDeps => ({
    control: { setCampaignState: async (name, state, nowMs) => void events.push(`${name} ${state} at ${nowMs}`) },
    machines,
    nowMs: 5,
    print: (line) => events.push(line),
    progress: () => undefined,
    ...change,
  });

  test('stops the campaign, then ends each of its workflows and nobody else’s', async () => {
    for (let count = 0; count < 25; count += 1) start('segue-prod-abandoned-cart', `w${count}`);
    start('segue-prod-welcome', 'other');
    start('segue-production-welcome', 'another');
    const progress: number[] = [];
    expect(await retire('abandoned_cart', campaigns, deps({ progress: (ended) => progress.push(ended) }))).toBe(true);
    expect(events[0]).toBe('abandoned_cart stopped at 5');
    expect(events[1]).toContain('25 workflows were ended. Now take it out of segue.config.ts, delete statemachines/abandoned-cart.asl.json');
    expect([running('segue-prod-abandoned-cart'), running('segue-prod-welcome'), running('segue-production-welcome')]).toEqual([0, 1, 1]);
    expect(service.states.list(service.arnOf('segue-prod-abandoned-cart'))[0]).toMatchObject({ status: 'ABORTED', ended: { error: 'Retired', cause: 'campaign abandoned_cart was retired' } });
    expect(progress.at(-1)).toBe(25);
  });

  test('asks with the number of workflows, and changes nothing at a no', async () => {
    start('segue-prod-abandoned-cart', 'one');
    const questions: string[] = [];
    const ask = async (question: string) => questions.push(question) === 0;
    expect(await retire('abandoned_cart', campaigns, deps({ ask }))).toBe(false);
    expect(questions).toEqual(['Stop abandoned_cart and end its 1 running workflows for good?']);
    expect([events, running('segue-prod-abandoned-cart')]).toEqual([['Nothing was changed.'], 1]);
  });

  test('of a campaign that is in the config no more takes the name of its state machine', async () => {
    start('segue-prod-welcome', 'one');
    await retire('welcome', campaigns, deps());
    expect(running('segue-prod-welcome')).toBe(0);
    await expect(retire('welcom', campaigns, deps())).rejects.toThrow('campaign "welcom": no state machine "welcom" is deployed; there are abandoned-cart, welcome');
    await expect(retire('constructor', campaigns, deps())).rejects.toThrow('no state machine "constructor"');
  });
});

const stages = defineStages({ dev: {}, prod: { account: '123456789012', region: 'eu-west-1' } });

describe('npm run destroy', () => {
  const deps = (change: Partial<DestroyDeps> = {}): DestroyDeps => ({
    cdk: async (args) => {
      events.push(`${args.join(' ')} with ${running('segue-prod-welcome')} running`);
      // process-events starts one more before it is deleted itself.
      start('segue-prod-welcome', 'late');
      await until(() => running('segue-prod-welcome') === 0);
      return 0;
    },
    accountId: async () => '123456789012',
    machines,
    stopCampaigns: async () => void events.push(`stopped with ${running('segue-prod-welcome')} running`),
    releaseLimits: async () => void events.push('limits released'),
    kept: async () => ['table Segue-prod-StorageProfiles1', 'bucket segue-prod-archive'],
    print: (line) => events.push(line),
    progress: () => undefined,
    ask: async () => 'prod',
    ...change,
  });
  const options = { stageName: 'prod', isAgreed: false };

  test('stops the mail, ends what runs, and ends what starts while AWS deletes', async () => {
    start('segue-prod-welcome', 'one');
    start('segue-prod-abandoned-cart', 'two');
    expect(await destroy(options, stages.prod!, deps())).toBe(0);
    expect(events).toEqual([
      'Stage prod has 2 campaigns with 2 running workflows, which are ended. No mail is sent any more, and events are taken no more.',
      'Kept: the tables of profiles, sends and control, the archive, the reports and the dead letters.',
      'stopped with 1 running',
      '2 workflows were ended.',
      'limits released',
      'destroy Segue-prod -c stage=prod --no-notices --force with 0 running',
      'Stage prod is deleted. Kept, and still to be paid for:\n  table Segue-prod-StorageProfiles1\n  bucket segue-prod-archive\ndocs/operations.md, "The end of a stage", says how to delete them or go on with them.',
    ]);
  });

  test('deletes nothing unless the name of the stage is typed', async () => {
    start('segue-prod-welcome', 'one');
    expect(await destroy(options, stages.prod!, deps({ ask: async () => 'y' }))).toBe(0);
    expect(events.at(-1)).toBe('Nothing was deleted.');
    expect(running('segue-prod-welcome')).toBe(1);
  });

  test('is refused in another account, and without a terminal or --yes', async () => {
    await expect(destroy(options, stages.prod!, deps({ accountId: async () => '1' }))).rejects.toThrow('the AWS credentials belong to 1');
    const { ask: _ask, ...silent } = deps();
    await expect(destroy(options, stages.prod!, silent)).rejects.toThrow('there is no terminal to ask on: give --yes');
    expect(events).toEqual([]);
  });

  test('goes on where the table of the campaigns is gone already, and hands on the exit code of the CDK', async () => {
    const stopCampaigns = () => Promise.reject(new Error('no table'));
    expect(await destroy(options, stages.prod!, deps({ stopCampaigns, cdk: async () => 3 }))).toBe(3);
    expect(events).toContain('The campaigns were not stopped: no table');
  });

  test.each([
    [[], '--stage is missing: must be one of dev, prod'],
    [['--stage', 'toString'], '--stage "toString": must be one of dev, prod'],
    [['prod'], '"prod": is no option'],
    [['--stage', 'prod', '--force'], 'unknown option --force'],
  ])('%j is refused', (argv, message) => expect(() => parseOptions(argv, stages)).toThrow(message));
});

test('a deployment without a campaign ends its workflows, also those that start meanwhile, and leaves the others', async () => {
  start('segue-prod-welcome', 'one');
  start('segue-prod-abandoned-cart', 'two');
  const lines: string[] = [];
  const code = await deploy({ stageName: 'prod', isAgreed: true, isDiffOnly: false }, stages.prod!, {
    cdk: async ([command]) => {
      if (command !== 'deploy') return 0;
      start('segue-prod-welcome', 'late');
      await until(() => running('segue-prod-welcome') === 0);
      return 0;
    },
    accountId: async () => '123456789012',
    openShards: async () => 1,
    alarmMetrics: 1,
    machines,
    stateMachines: ['abandoned-cart'],
    print: (line) => lines.push(line),
  });
  expect(code).toBe(0);
  expect(lines.join('\n')).toContain('The state machine welcome is no longer in segue.config.ts: the deployment ends its 1 running workflows, and deletes it.');
  expect([running('segue-prod-welcome'), running('segue-prod-abandoned-cart')]).toEqual([0, 1]);
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}
