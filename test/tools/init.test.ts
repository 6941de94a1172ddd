import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseOptions, presets, type Options } from '../../tools/init/options.ts';
import { writeShop } from '../../tools/init/write.ts';

const sender = { name: "Ada's “Kites” & <Sons>", address: 'hi@kites.example.org', postalAddress: 'Ada\'s Kites, "The Loft", 1 Hill', siteUrl: 'https://kites.example.org' };
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'segue-init-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

describe.each(presets)('the preset %s', (preset) => {
  test('names the owner wherever the example named its own shop, whatever the owner is called', () => {
    const files = writeShop(root, preset, sender, false);
    expect(files).toEqual(expect.arrayContaining(['segue.config.ts', 'events.jsonl']));
    for (const file of filesIn(root)) {
      const text = readFileSync(file, 'utf8');
      expect(text, file).not.toMatch(/lanternbooks|Lantern Books|plainboard|slowwire|The Slow Wire|Harbour Street|\.\.\/\.\.\/lambdas/i);
      if (file.endsWith('.json')) JSON.parse(text);
      if (file.endsWith('.jsonl')) text.split('\n').filter(Boolean).forEach((line) => JSON.parse(line) as unknown);
    }
    const config = readFileSync(join(root, 'segue.config.ts'), 'utf8');
    expect(config).toContain("name: 'Ada\\'s “Kites” & <Sons>'");
    expect(config).toContain("from './lambdas/schemas/define-config.ts'");
  });
});

test.each(['saas', 'content'] as const)('%s has nothing about carts', (preset) => {
  writeShop(root, preset, sender, false);
  for (const file of filesIn(root)) expect(readFileSync(file, 'utf8'), file).not.toMatch(/\b(carts?|products?|books?|purchase|coupon)\b/i);
});

describe('a shop that is there', () => {
  test('is not touched without --force, down to one changed file', () => {
    writeShop(root, 'saas', sender, false);
    const before = filesIn(root).map((file) => readFileSync(file, 'utf8'));
    expect(() => writeShop(root, 'content', sender, false)).toThrow(/^segue\.config\.ts, .* and \d+ more: there already; --force replaces the shop$/);
    expect(filesIn(root).map((file) => readFileSync(file, 'utf8'))).toEqual(before);
  });

  test('is replaced whole with --force: nothing of it is left', () => {
    writeShop(root, 'bookstore', sender, false);
    writeShop(root, 'saas', sender, true);
    expect(readdirSync(join(root, 'statemachines'))).toEqual(readdirSync('examples/saas/statemachines'));
    expect(existsSync(join(root, 'emails/reward'))).toBe(false);
  });

  test('may be the reference that a fresh clone has, with its copies of state machines; not when one was changed', () => {
    const reference = () => {
      writeFileSync(join(root, 'segue.config.ts'), "export { default } from './examples/bookstore/segue.config.ts';\n");
      cpSync('examples/bookstore/statemachines', join(root, 'statemachines'), { recursive: true });
    };
    reference();
    writeShop(root, 'saas', sender, false);
    expect(existsSync(join(root, 'statemachines/reward.asl.json'))).toBe(false);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    reference();
    writeFileSync(join(root, 'statemachines/reward.asl.json'), '{}');
    expect(() => writeShop(root, 'saas', sender, false)).toThrow('statemachines/reward.asl.json: there already');
  });
});

describe('the command line', () => {
  const all = ['--name', 'Kites', '--address', 'hi@kites.example', '--postal-address', 'Hill 1', '--site', 'https://kites.example/'];

  test('gives what is asked for', () => {
    expect(parseOptions(['saas', ...all])).toEqual({ preset: 'saas', force: false, given: { name: 'Kites', address: 'hi@kites.example', postalAddress: 'Hill 1', siteUrl: 'https://kites.example' } } satisfies Options);
    expect(parseOptions(['--help'])).toBe('help');
  });

  test.each<[string[], string]>([
    [[], 'a preset is missing; must be one of bookstore, saas, content; see --help'],
    [['shop'], '"shop": must be one of bookstore, saas, content'],
    [['saas', 'content'], '"content": one preset at a time'],
    [['saas', '--adress', 'x'], 'unknown option --adress; there are --name, '],
    [['saas', '--address', 'kites'], '--address "kites": must be an email address, such as hello@shop.example'],
    [['saas', '--site', 'kites.example'], '--site "kites.example": must be an address that begins with https://'],
    [['saas', '--name', 'a\nb'], '--name "a\\nb": must be a name of 1 to 100 characters'],
  ])('refuses %j', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });

  test('ends with 2 and one line where something is missing and nobody can be asked', () => {
    const { status, stderr } = spawnSync(process.execPath, ['tools/init.ts', 'saas', '--name', 'Kites'], { encoding: 'utf8', input: '' });
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'init: --address, --postal-address, --site: missing; see --help\n' });
  }, 120_000);
});
