import { describe, expect, test } from 'vitest';
import { defineStages } from '../../lambdas/schemas/stages.ts';
import { parseOptions } from '../../tools/deploy/options.ts';
import { deploy, type DeployDeps } from '../../tools/deploy/run.ts';

const stages = defineStages({ dev: {}, prod: { account: '123456789012', region: 'eu-west-1', shards: 2, streamRetentionHours: 48, alarmEmail: 'ops@example.com' } });
const options = { stageName: 'prod', isAgreed: false, isDiffOnly: false };

/** Everything that a deployment touches, recorded. */
function world(change: Partial<DeployDeps> = {}) {
  const [commands, lines, questions] = [[] as string[], [] as string[], [] as string[]];
  const environments: Record<string, string>[] = [];
  const deps: DeployDeps = {
    cdk: async (args, environment) => {
      commands.push(args.join(' '));
      environments.push(environment);
      return 0;
    },
    accountId: async () => '123456789012',
    openShards: async () => undefined,
    machines: { list: async () => [], running: async () => 0, end: async () => 0, close: () => undefined },
    stateMachines: ['welcome'],
    alarmMetrics: 32,
    ask: async (question) => {
      questions.push(question);
      return true;
    },
    print: (line) => lines.push(line),
    ...change,
  };
  return { deps, commands, environments, questions, output: () => lines.join('\n') };
}

describe('a deployment', () => {
  test('shows the change and the price of this stage, asks, deploys in its region, and says what comes next', async () => {
    const { deps, commands, environments, questions, output } = world();
    expect(await deploy(options, stages.prod!, deps)).toBe(0);
    expect(commands).toEqual(['diff Segue-prod -c stage=prod --no-notices', 'deploy Segue-prod -c stage=prod --no-notices --require-approval never']);
    expect(environments).toEqual([{ AWS_REGION: 'eu-west-1' }, { AWS_REGION: 'eu-west-1' }]);
    expect(questions).toEqual(['Deploy stage prod?']);
    // Two shards 21.90, a second day of retention for both 29.20, 32 alarm metrics 3.20, the refresh 0.03.
    expect(output()).toContain('costs about 54.33 USD');
    expect(output()).toContain('confirm the subscription that AWS has mailed to ops@example.com');
    expect(output()).toContain('npm run keys -- create --source web --stage prod');
    expect(output()).toMatch(/npm run doctor -- --stage prod .*\n.*npm run smoke -- --stage prod /);
  });

  test('deploys nothing when the answer is no, and says so', async () => {
    const { deps, commands, output } = world({ ask: async () => false });
    expect(await deploy(options, stages.prod!, deps)).toBe(0);
    expect(commands).toEqual(['diff Segue-prod -c stage=prod --no-notices']);
    expect(output()).toContain('Nothing was deployed.');
  });

  test('does not ask with --yes, and neither asks nor deploys with --diff', async () => {
    const agreed = world();
    await deploy({ ...options, isAgreed: true }, stages.prod!, agreed.deps);
    expect([agreed.questions, agreed.commands.length]).toEqual([[], 2]);
    const looked = world();
    await deploy({ ...options, isDiffOnly: true }, stages.prod!, looked.deps);
    expect([looked.questions, looked.commands.length]).toEqual([[], 1]);
  });

  test('without a terminal needs --yes or --diff, before anything is run', async () => {
    const { deps, commands } = world();
    delete deps.ask;
    await expect(deploy(options, stages.prod!, deps)).rejects.toThrow('there is no terminal to ask on: give --yes, or --diff to only look');
    expect(commands).toEqual([]);
  });

  test('in another account than the stage names is refused', async () => {
    const { deps, commands } = world({ accountId: async () => '999999999999' });
    await expect(deploy(options, stages.prod!, deps)).rejects.toThrow('stage prod: account is 123456789012 in stages.ts, and the AWS credentials belong to 999999999999');
    expect(commands).toEqual([]);
  });

  // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
  test.each([
    [1, 2, true],
    [1, 3, false],
    [4, 2, true],
    [5, 2, false],
    [5, 3, true],
    [4, 8, true],
    [4, 9, false],
    [undefined, 200, true],
  ])('of %s open shards to %s is possible: %s', async (open, shards, isPossible) => {
    const { deps, commands } = world({ openShards: async () => open });
    const stage = { ...stages.prod!, shards };
    if (isPossible) expect(await deploy(options, stage, deps)).toBe(0);
    else await expect(deploy(options, stage, deps)).rejects.toThrow(`shards is ${shards} in stages.ts, and the stream has ${open}: one deployment can go from`);
    expect(commands.length).toBe(isPossible ? 2 : 0);
  });

  test("ends with the CDK's exit code, and promises nothing, when the CDK fails", async () => {
    const { deps, output } = world({ cdk: async (args) => (args[0] === 'deploy' ? 3 : 0) });
    expect(await deploy(options, stages.prod!, deps)).toBe(3);
    expect(output()).not.toContain('Next:');
  });
});

describe('the command line', () => {
  test.each([
    [['--stage', 'constructor'], '--stage "constructor": must be one of dev, prod, which stages.ts describes'],
    [[], '--stage is missing: must be one of dev, prod'],
    [['prod'], '"prod": is no option; see --help'],
    [['--stage', 'prod', '--yes', '--diff'], '--yes and --diff exclude each other'],
  ])('%j is refused', (argv, message) => {
    expect(() => parseOptions(argv, stages)).toThrow(message);
  });

  test('names a stage', () => {
    expect(parseOptions(['--stage', 'prod', '--yes'], stages)).toEqual({ stageName: 'prod', isAgreed: true, isDiffOnly: false });
    expect(parseOptions(['--help'], stages)).toBe('help');
  });
});
