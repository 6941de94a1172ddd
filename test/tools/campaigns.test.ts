import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../lambdas/schemas/config.ts';
import { defineConfig } from '../../lambdas/schemas/define-config.ts';
import { readDefinition } from '../../lib/state-machine-file.ts';
import { parseOptions as parseCampaign } from '../../tools/campaign/options.ts';
import { checkEmail } from '../../tools/email-checks.ts';
import { compileEmails } from '../../tools/email-compiler.ts';
import { makeCampaign } from '../../tools/new-campaign/make.ts';
import { parseOptions, type Options } from '../../tools/new-campaign/options.ts';
import bookstore from '../../segue.config.ts';
import { readFileSync } from 'node:fs';

const project = join(import.meta.dirname, '../..');

describe('npm run campaign', () => {
  const parse = (...argv: string[]) => parseCampaign(argv, ['welcome', 'win_back']);
  test.each([
    [['pause', 'welcome'], { campaign: 'welcome', state: 'paused' }],
    [['resume', 'welcome'], { campaign: 'welcome', state: 'running' }],
    [['stop', 'win_back', '--local'], { campaign: 'win_back', state: 'stopped' }],
  ])('%j', (argv, change) => expect(parse(...argv)).toMatchObject({ change }));

  test('shows all by status', () => {
    expect(parse('status')).toEqual({ stage: 'dev' });
    expect(parse('--help')).toBe('help');
  });

  test.each([
    [[], 'command "": must be status, pause, resume, stop'],
    [['halt', 'welcome'], 'command "halt": must be status, pause, resume, stop'],
    [['pause', 'welcom'], 'campaign "welcom": must be one of welcome, win_back'],
    [['pause'], 'campaign "": must be one of welcome, win_back'],
    [['pause', 'welcome', 'win_back'], '"win_back": pause takes one campaign'],
  ])('refuses %j', (argv, message) => expect(() => parse(...argv)).toThrow(message));
});

describe('npm run new:campaign', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'segue-campaign-'));
    for (const folder of ['emails', 'statemachines']) cpSync(join(project, folder), join(root, folder), { recursive: true });
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const parse = (...argv: string[]) => parseOptions(argv, ['dormant']);

  test('makes a campaign that works as it is: config, state machine and emails', async () => {
    const { files, campaign } = makeCampaign(root, parse('price-drop', '--steps', 'first,second', '--enters', 'dormant') as Options);
    expect(files).toContain('emails/price-drop-second/email.mjml');
    const config = defineConfig({ ...(bookstore as ConfigInput), campaigns: campaign });
    const definition = JSON.parse(readDefinition(join(root, 'statemachines'), config.campaigns.price_drop!)) as { States: Record<string, { Seconds?: number }> };
    expect(Object.values(definition.States).flatMap(({ Seconds }) => Seconds ?? [])).toEqual([3600, 259_200]);
    const sources = await compileEmails(join(root, 'emails'));
    for (const name of ['price-drop-first', 'price-drop-second']) expect(checkEmail(name, sources[name]!)).toEqual([]);
  });

  test('writes the state machine that the campaign of two emails has', () => {
    const { files } = makeCampaign(root, parse('cart', '--steps', 'offer,reminder') as Options);
    expect(files[0]).toBe('statemachines/cart.asl.json');
    const read = (file: string) => ({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), Comment: '' });
    expect(read(join(root, 'statemachines/cart.asl.json'))).toEqual(read(join(project, 'statemachines/abandoned-cart.asl.json')));
  });

  test('overwrites nothing', () => {
    expect(() => makeCampaign(root, parse('welcome', '--steps', 'hello') as Options)).toThrow('statemachines/welcome.asl.json');
  });

  test.each([
    [['Price Drop'], 'name "Price Drop": must be lower-case words with hyphens'],
    [[], 'name ""'],
    [['a', 'b'], '"b": one campaign at a time'],
    [['a', '--steps', 'one,Two'], '--steps "Two": must be lower-case letters and digits'],
    [['a', '--steps', 'one,one'], 'names a step twice'],
    [['a', '--enters', 'dormnt'], '--enters "dormnt": must be one of dormant'],
    [['a', '--enters', 'dormant', '--event', 'x'], '--event and --enters exclude each other'],
  ])('refuses %j', (argv, message) => expect(() => parse(...argv)).toThrow(message));
});
