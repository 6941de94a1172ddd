import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import emails from '../../examples/bookstore/emails/compiled.json' with { type: 'json' };
import bookstore from '../../examples/bookstore/segue.config.ts';
import type { Config, ConfigInput } from '../../lambdas/schemas/config.ts';
import { defineConfig } from '../../lambdas/schemas/define-config.ts';
import type { CompiledEmails } from '../../lambdas/schemas/email.ts';
import { campaignProblems } from '../../tools/shop/campaign-checks.ts';
import { checkedShop } from '../../tools/shop/check.ts';
import { emailProblems } from '../../tools/shop/email-checks.ts';
import { machineProblems } from '../../tools/shop/machine-checks.ts';

const project = join(import.meta.dirname, '../..');
const example = join(project, 'examples/bookstore');

type Campaign = ConfigInput['campaigns'][string];

/** The bookstore with another campaign of abandoned carts. */
function withCart(change: Partial<Campaign>): Config {
  const { abandoned_cart: cart } = bookstore.campaigns as ConfigInput['campaigns'];
  return defineConfig({ ...(bookstore as ConfigInput), campaigns: { ...(bookstore as ConfigInput).campaigns, abandoned_cart: { ...cart!, ...change } } });
}

const cart = bookstore.campaigns.abandoned_cart as Campaign;
const [offer, reminder] = [cart.steps.offer!, cart.steps.reminder!];

test.each(['bookstore', 'saas', 'content'])('the example %s passes every check, and has nothing that it does not use', async (name) => {
  expect((await checkedShop(`examples/${name}`)).warnings).toEqual([]);
}, 120_000);

describe('emails', { timeout: 120_000 }, () => {
  /** One email is enough to break, and quicker to check than all. */
  const { reward: campaign } = bookstore.campaigns;
  const rewardOnly: Config = { ...bookstore, campaigns: { reward: campaign! } };
  const problems = (config: Config, compiled: CompiledEmails = emails) => emailProblems(config, compiled, join(example, 'emails'));

  test('that no folder has', () => {
    const config = withCart({ steps: { offer: { ...offer, email: 'abandoned-cart-ofer' }, reminder }, variants: { calm: {} } });
    expect(problems(config).filter((line) => line.startsWith('campaigns.'))).toEqual([expect.stringMatching(/^campaigns\.abandoned_cart\.steps\.offer\.email: "abandoned-cart-ofer": must be one of abandoned-cart-offer, /)]);
  });

  test('that a variant names', () => {
    const config = withCart({ variants: { calm: {}, bold: { steps: { offer: { email: 'bold' } } } } });
    expect(problems(config).filter((line) => line.startsWith('campaigns.'))).toEqual([expect.stringMatching(/^campaigns\.abandoned_cart\.variants\.bold\.steps\.offer\.email: "bold": must be one of /)]);
  });

  test('that are not written in a language, or in one that the config does not have', () => {
    const { languages: _languages, ...rest } = bookstore as ConfigInput;
    expect(problems(defineConfig({ ...rest, campaigns: rewardOnly.campaigns as ConfigInput['campaigns'], languages: ['en', 'de', 'de-at'] }))).toContain('campaigns.reward.steps.thanks.email: "reward": is not written in de-at; examples/bookstore/emails/reward needs subject.de-at.liquid, email.de-at.mjml, text.de-at.liquid');
    expect(problems(defineConfig({ ...rest, campaigns: rewardOnly.campaigns as ConfigInput['campaigns'] }))).toContain('examples/bookstore/emails/reward/email.de.mjml: "de" is none of languages (en): add it there, or delete subject.de.liquid, email.de.mjml, text.de.liquid and run npm run emails');
  });

  test('that were changed since they were compiled', () => {
    expect(problems(rewardOnly, { ...emails, reward: { ...emails.reward, sourceHash: 'other' } })).toEqual(['examples/bookstore/emails/reward: was changed since it was compiled: run npm run emails']);
    const brand = { ...bookstore.brand, font: 'Georgia' };
    expect(problems({ ...bookstore, brand })).toHaveLength(Object.keys(emails).length);
  });

  test('with placeholders, values that nobody declared, or values where they are not text', () => {
    const own = (change: Partial<(typeof emails)['reward']>) => problems(rewardOnly, { ...emails, reward: { ...emails.reward, ...change } });
    expect(own({ subject: 'Hello: TODO write this' })).toEqual(['examples/bookstore/emails/reward: "TODO write this": is a placeholder; write the text in its place']);
    expect(own({ text: 'You are on {{ person.plan }} {{ entry.project }}' })).toEqual([
      'examples/bookstore/emails/reward: text uses entry.project, which is none of the entryProperties of the campaign (none yet)',
      'examples/bookstore/emails/reward: text uses person.plan, which is none of the traits that the config declares (none yet)',
    ]);
    const traits: Config['traits'] = { plan: { type: 'text', sample: 'Pro' } };
    const declared = (html: string) => emailProblems({ ...rewardOnly, traits }, { ...emails, reward: { ...emails.reward, html } }, join(example, 'emails')).filter((line) => line.includes('/reward'));
    expect(declared('<a href="{{ person.plan }}">x</a>')).toEqual([expect.stringContaining('person.plan stands in a link; declare it with the type url')]);
    expect(declared('<p style="color: {{ person.plan }}">x</p>')).toEqual([expect.stringContaining('person.plan stands in a style')]);
    expect(declared('<p>{{ person.plan }}</p>')).toEqual([expect.stringContaining('the sample without person.plan')]);
    expect(declared('<p>{% if person.plan %}{{ person.plan }}{% endif %}</p>')).toEqual([]);
  });

  test('that show carts where there are no products', () => {
    const { products: _products, ...rest } = bookstore;
    const lines = emailProblems(rest as Config, emails, join(example, 'emails'));
    expect(lines).toContain('examples/bookstore/emails/abandoned-cart-offer: html uses links.cart, which there is only where the config has products');
  });
});

describe('state machines', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'segue-machines-'));
    cpSync(join(example, 'statemachines'), folder, { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  /** What is found when the text of one file is another. */
  function changed(name: string, change: (text: string) => string, config: Config = bookstore): string[] {
    const file = join(folder, `${name}.asl.json`);
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, change(before));
    const found = machineProblems(config, folder).map((line) => line.replaceAll(/\S*\/(?=[\w-]+\.asl\.json)/g, ''));
    writeFileSync(file, before);
    return found;
  }

  test.each<[string, string, (text: string) => string, string]>([
    ['a step that the config does not have', 'abandoned-cart', (text) => text.replace('"step": "reminder"', '"step": "remindr"'), 'abandoned-cart.asl.json: state "Send the reminder": step "remindr": must be one of campaigns.abandoned_cart.steps: offer, reminder'],
    ['a step that the file does not have', 'abandoned-cart', (text) => text.replace('"step": "reminder"', '"step": "remindr"'), 'campaigns.abandoned_cart.steps.reminder: no task of abandoned-cart.asl.json asks for this step'],
    ['a branch', 'win-back', (text) => text.replace('"branch": "past"', '"branch": "passed"'), 'win-back.asl.json: state "Which way?": branch "passed": must be one of campaigns.win_back.branches: past'],
    ['an answer of a branch', 'win-back', (text) => text.replace('"StringEquals": "buyer"', '"StringEquals": "byer"'), 'win-back.asl.json: state "Has the person bought before?": StringEquals "byer": must be one of buyer, otherwise'],
    ['an answer that no choice has', 'win-back', (text) => text.replace('"StringEquals": "buyer"', '"StringEquals": "byer"'), 'campaigns.win_back.branches.past: "buyer": win-back.asl.json has no choice for it in the state "Has the person bought before?"'],
    ['a wait', 'welcome', (text) => text.replace('"wait": "first_look"', '"wait": "look"'), 'campaigns.welcome.waits.first_look: no task of welcome.asl.json asks for this wait'],
    ['a delay without effect', 'reward', (text) => text.replace('"${ThanksDelaySeconds}"', '60'), 'campaigns.reward.steps.thanks.afterHours: 1: has no effect, since reward.asl.json has no ${ThanksDelaySeconds}'],
    ['a delay of no step', 'reward', (text) => text.replace('ThanksDelay', 'ThankDelay'), 'reward.asl.json: ${ThankDelaySeconds}: must be one of ThanksDelaySeconds, SendEmailArn'],
    ['a state that is not there', 'reward', (text) => text.replace('"StartAt": "', '"StartAt": "No '), 'reward.asl.json: Next "No '],
    ['text that is not JSON', 'reward', (text) => text.slice(1), 'reward.asl.json: '],
  ])('%s', (_title, name, change, line) => {
    expect(changed(name, change)).toContainEqual(expect.stringMatching(new RegExp(`^${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)));
  });

  test('states that nothing leads to, or that never end', () => {
    const machine = (states: object) => () => JSON.stringify({ StartAt: 'A', States: states });
    const loop = { A: { Type: 'Wait', Seconds: 1, Next: 'B' }, B: { Type: 'Wait', Seconds: 1, Next: 'A' }, C: { Type: 'Succeed' } };
    const found = changed('reward', machine(loop));
    expect(found).toContain('reward.asl.json: state "C": no other state leads to it');
    expect(found).toContain('reward.asl.json: state "B": never ends; it needs a way to a state with "End": true or "Type": "Succeed"');
  });

  test('a file that is not there, and one of two campaigns', () => {
    const { reward } = bookstore.campaigns;
    const named = (stateMachine: string) => machineProblems({ ...bookstore, campaigns: { ...bookstore.campaigns, reward: { ...reward!, stateMachine } } }, folder);
    expect(named('rewards')).toEqual([expect.stringMatching(/^campaigns\.reward\.stateMachine: "rewards": there is no .*; must be one of abandoned-cart, /)]);
    expect(named('welcome')).toEqual(['campaigns.reward.stateMachine: "welcome": is used by campaigns.welcome already; copy the file']);
  });
});

describe('campaigns', () => {
  test.each<[string, Partial<Campaign>, string]>([
    ['an exit that is the entry', { exit: { event: 'add_to_cart' } }, 'campaigns.abandoned_cart.exit.event: "add_to_cart": starts the campaign, too, so it would end at once; name another event, or a where'],
    ['an exit that holds for everybody who enters', { entry: { entersSegment: 'dormant' }, exit: { when: { segment: 'dormant' } } }, 'campaigns.abandoned_cart.exit.when: {"segment":"dormant"}: holds for everybody who enters'],
    ['an entry that contradicts itself', { entry: { event: 'add_to_cart', when: { all: [{ did: 'purchase' }, { not: { did: 'purchase' } }] } } }, 'campaigns.abandoned_cart.entry.when: '],
    ['an exit that nobody reaches', { exit: { when: { all: [{ did: 'purchase' }, { not: { did: 'purchase' } }] } } }, 'campaigns.abandoned_cart.exit.when: '],
    ['an entry by an alias', { entry: { event: 'Product Added' } }, 'campaigns.abandoned_cart.entry.event: "Product Added": is an alias of "add_to_cart", under which it arrives; name that'],
  ])('%s', (_title, change, line) => {
    expect(campaignProblems({ ...withCart(change), aliases: { 'Product Added': 'add_to_cart' } })).toEqual([expect.stringContaining(line)]);
  });

  test('a segment that nobody can be in', () => {
    const config = defineConfig({ ...(bookstore as ConfigInput), segments: [{ name: 'all', title: '', when: { did: '*' } }, ...(bookstore as ConfigInput).segments] });
    expect(campaignProblems(config)).toContain('campaigns.cross_sell.entry.entersSegment: "recent_buyers": nobody can be in this segment, so nobody enters the campaign');
  });
});

describe('the text of the config', { timeout: 120_000 }, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'segue-config-'));
    symlinkSync(join(project, 'lambdas'), join(folder, 'lambdas'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  let counter = 0;
  async function problemsWith(text: string): Promise<string[]> {
    const own = join(folder, String(++counter));
    mkdirSync(own);
    writeFileSync(join(own, 'segue.config.ts'), text);
    const { status, stderr } = spawnSync(process.execPath, ['tools/check-shop.ts', '--shop', own], { cwd: project, encoding: 'utf8' });
    expect(status).toBe(1);
    return stderr.trim().split('\n');
  }

  test.each<[string, string, RegExp]>([
    ['a wrong value', "import { defineConfig } from '../lambdas/schemas/define-config.ts';\nexport default defineConfig({ languages: ['English'] } as never);", /segue\.config\.ts: languages\.0: "English": a language in lower case, such as en, de or pt-br$/],
    ['a name that is not there', 'const a = 1;\nexport default missing;', /segue\.config\.ts:2: ReferenceError: missing is not defined$/],
    ['text that does not parse', 'export default {\n  a: 1\n  b: 2,\n};', /segue\.config\.ts:3: SyntaxError: Expected ',', got 'ident'$/],
    ['no default export', 'export const config = 1;', /segue\.config\.ts: has no default export; it must export what defineConfig takes$/],
  ])('%s is one line', async (_title, text, line) => {
    const problems = await problemsWith(text);
    expect(problems).toContainEqual(expect.stringMatching(line));
    expect(problems.join('\n')).not.toContain('    at ');
  });
});

test('the synth ends with the lines and no stack trace', () => {
  const folder = mkdtempSync(join(tmpdir(), 'segue-synth-'));
  symlinkSync(join(project, 'lambdas'), join(folder, 'lambdas'));
  writeFileSync(join(folder, 'segue.config.ts'), "import { defineConfig } from './lambdas/schemas/define-config.ts';\nexport default defineConfig({ conversions: [] } as never);");
  const { status, stderr } = spawnSync(process.execPath, ['bin/segue.ts'], { cwd: project, encoding: 'utf8', env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ shop: folder }) } });
  rmSync(folder, { recursive: true });
  expect(status).toBe(1);
  const lines = stderr.trim().split('\n').filter((line) => !line.includes('ExperimentalWarning') && !line.includes('--trace-warnings'));
  for (const line of lines) expect(line).toMatch(/segue\.config\.ts: [\w.]+: /);
  expect(lines.some((line) => line.includes('conversions: []'))).toBe(true);
}, 120_000);
