import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import type { Config, ConfigInput } from '../../lambdas/schemas/config.ts';
import { defineConfig } from '../../lambdas/schemas/define-config.ts';
import { prepareDefinition } from '../../local/step-functions/definition.ts';
import { readDefinition } from '../../lib/parts/state-machine-file.ts';
import { parseOptions as parseCampaign } from '../../tools/campaign/options.ts';
import { checkEmail } from '../../tools/emails/checks.ts';
import { compileEmails } from '../../tools/emails/compiler.ts';
import { campaignText, makeCampaign } from '../../tools/new-campaign/make.ts';
import { parseOptions, type Options } from '../../tools/new-campaign/options.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';
import { startDynamo } from '../support/dynamo.ts';

const project = join(import.meta.dirname, '../..');
const shop = join(project, 'examples/bookstore');

describe('npm run campaign', () => {
  const parse = (...argv: string[]) => parseCampaign(argv, ['welcome', 'win_back']);
  test.each([
    [['pause', 'welcome'], { campaigns: ['welcome'], state: 'paused', where: { stage: 'dev' } }],
    [['resume', 'welcome', '--stage', 'prod'], { campaigns: ['welcome'], state: 'running', where: { stage: 'prod' } }],
    [['stop', 'win_back', '--local'], { campaigns: ['win_back'], state: 'stopped', where: { dataDir: '.segue' } }],
    [['status', 'welcome', '--table', 'control'], { campaigns: ['welcome'], where: { table: 'control' } }],
    [['retire', 'gone-campaign', '--yes'], { campaigns: ['gone-campaign'], retire: { isAgreed: true }, where: { stage: 'dev' } }],
    [['status'], { campaigns: ['welcome', 'win_back'], where: { stage: 'dev' } }],
    [['--help'], 'help'],
  ])('%j', (argv, options) => expect(parse(...argv)).toEqual(options));

  test.each([
    [[], 'command "": must be status, pause, resume, stop, retire'],
    [['retire'], 'campaign "": must be one of welcome, win_back'],
    [['stop', 'welcome', '--yes'], '--yes: stop asks nothing'],
    [['retire', 'welcome', '--table', 'x'], '--table: retire finds the stage by --stage or --local'],
    [['halt', 'welcome'], 'command "halt": must be status, pause, resume, stop'],
    [['toString', 'welcome'], 'command "toString": must be'],
    [['pause', 'welcom'], 'campaign "welcom": must be one of welcome, win_back'],
    [['status', 'welcom'], 'campaign "welcom": must be one of welcome, win_back'],
    [['pause'], 'campaign "": must be one of welcome, win_back'],
    [['pause', 'welcome', 'win_back'], '"win_back": pause takes one campaign'],
    [['status', '--local', '--stage', 'dev'], '--stage and --local exclude each other'],
    [['pause', 'welcome', '--table', 'x', '--stage', 'dev'], '--stage and --table exclude each other'],
  ])('refuses %j', (argv, message) => expect(() => parse(...argv)).toThrow(message));

  describe('on a control table', () => {
    let dynamo: Awaited<ReturnType<typeof startDynamo>>;
    let endpoint: string;
    beforeAll(async () => {
      dynamo = await startDynamo();
      endpoint = `http://127.0.0.1:${(await dynamo.documents.config.endpoint?.())?.port}`;
    });
    afterAll(() => dynamo.stop());

    const run = (...args: string[]) =>
      new Promise<{ code: number; out: string; err: string }>((resolve) => {
        const env = { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: endpoint, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
        execFile(process.execPath, ['tools/campaign.ts', ...args], { env, cwd: project }, (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }));
      });

    test('writes what send-email reads, and shows it', async () => {
      expect(await run('pause', 'welcome', '--table', 'control')).toEqual({ code: 0, out: 'welcome  paused\n', err: '' });
      expect(await createControlStore(dynamo.documents, 'control').campaignState('welcome')).toBe('paused');
      const { out } = await run('status', '--table', 'control');
      expect(out).toMatch(/^abandoned_cart +running$/m);
      expect(out).toMatch(/^welcome +paused$/m);
    });

    test('says by its exit code whether the command or the deployment is wrong', async () => {
      expect(await run('pause', 'welcom', '--table', 'control')).toMatchObject({ code: 2, err: expect.stringMatching(/^campaign: campaign "welcom": must be one of abandoned_cart, /) });
      expect(await run('pause', 'welcome', '--stage', 'prod')).toMatchObject({ code: 1, err: expect.stringContaining('stage "prod": no table') });
    });
  });
});

describe('npm run new:campaign', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'segue-campaign-'));
    for (const folder of ['emails', 'statemachines']) cpSync(join(shop, folder), join(root, folder), { recursive: true });
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const parse = (...argv: string[]) => parseOptions(argv, ['dormant']);

  const make = (...argv: string[]) => makeCampaign(root, bookstore, parse(...argv) as Options);

  test('makes a campaign that works as it is: config, state machine and emails', async () => {
    const { files, campaigns } = make('price-drop', '--steps', 'first,second', '--enters', 'dormant');
    expect(files).toContain('emails/price-drop-second/email.mjml');
    const config = defineConfig({ ...(bookstore as ConfigInput), campaigns });
    const text = readDefinition(join(root, 'statemachines'), config.campaigns.price_drop!);
    prepareDefinition(text);
    const definition = JSON.parse(text) as { States: Record<string, { Seconds?: number }> };
    expect(Object.values(definition.States).flatMap(({ Seconds }) => Seconds ?? [])).toEqual([3600, 259_200]);
    const sources = await compileEmails(join(root, 'emails'));
    for (const name of ['price-drop-first', 'price-drop-second']) expect(checkEmail(name, sources[name]!)).toEqual([]);
  });

  test('writes the state machine that the campaign of two emails has', () => {
    const { files } = make('cart', '--steps', 'offer,reminder');
    expect(files[0]).toBe('statemachines/cart.asl.json');
    const read = (file: string) => ({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), Comment: '' });
    expect(read(join(root, 'statemachines/cart.asl.json'))).toEqual(read(join(shop, 'statemachines/abandoned-cart.asl.json')));
  });

  test('fills the sample from the config, and needs no other email', () => {
    const bare = mkdtempSync(join(tmpdir(), 'segue-bare-'));
    const config = { ...bookstore, sender: { ...bookstore.sender, name: 'Kite Shop', siteUrl: 'https://kites.example' } };
    makeCampaign(bare, config, parse('fly') as Options);
    expect(JSON.parse(readFileSync(join(bare, 'emails/fly-first/sample.json'), 'utf8'))).toMatchObject({
      brand: { name: 'Kite Shop' },
      links: { site: 'https://kites.example/?utm_source=segue&utm_medium=email&utm_campaign=fly&utm_content=first' },
    });
    rmSync(bare, { recursive: true });
  });

  test('ends a campaign by a conversion, unless that starts it', () => {
    const config: Config = { ...bookstore, conversions: ['booked'] };
    const exitOf = (...argv: string[]) => makeCampaign(root, config, parse(...argv) as Options).campaigns;
    expect(exitOf('ending')).toMatchObject({ ending: { entry: { event: 'signed_up' }, exit: { event: 'booked' } } });
    expect(exitOf('thanks', '--event', 'booked')).toMatchObject({ thanks: { entry: { event: 'booked' }, exit: { when: { subscribed: false } } } });
  });

  test('overwrites nothing, and writes nothing then', () => {
    expect(() => make('welcome', '--steps', 'hello')).toThrow('campaigns.welcome: is in segue.config.ts already');
    make('mine');
    expect(() => make('mine', '--steps', 'other,first')).toThrow('statemachines/mine.asl.json, emails/mine-first/subject.liquid');
    expect(existsSync(join(root, 'emails/mine-other'))).toBe(false);
  });

  test('writes nothing that the config would refuse', () => {
    expect(() => make('nameless', '--event', 'x'.repeat(201))).toThrow('campaigns.nameless.entry');
    expect(existsSync(join(root, 'statemachines/nameless.asl.json'))).toBe(false);
  });

  test('prints what can be put into the config', () => {
    const { campaigns } = make('printed', '--steps', 'one,two', '--event', "it's");
    expect(new Function(`return {${campaignText(campaigns)}}`)()).toEqual(campaigns);
  });

  test.each([
    [['Price Drop'], 'name "Price Drop": must be lower-case words with hyphens'],
    [[], 'name ""'],
    [['a', 'b'], '"b": one campaign at a time'],
    [['a', '--steps', 'one,Two'], '--steps "Two": must be lower-case letters and digits'],
    [['a', '--steps', 'one,one'], 'names a step twice'],
    [['a-name-of-thirty-five-characters-xx', '--steps', 'second,first'], 'must be at most 33 characters with 6 for the longest step'],
    [['a', '--topic', 'Big News'], '--topic "Big News": must be lower-case letters'],
    [['a', '--enters', 'dormnt'], '--enters "dormnt": must be one of dormant'],
    [['a', '--enters', 'dormant', '--event', 'x'], '--event and --enters exclude each other'],
  ])('refuses %j', (argv, message) => expect(() => parse(...argv)).toThrow(message));
});
