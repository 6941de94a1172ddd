import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../lambdas/schemas/config.ts';
import { defineConfig } from '../../lambdas/schemas/define-config.ts';
import type { ConfigInput } from '../../lambdas/schemas/config.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';
import { anchorsIn, linksIn, readText, rowsIn } from '../support/markdown.ts';

const readme = readText('README.md');
const scripts = Object.keys((JSON.parse(readText('package.json')) as { scripts: Record<string, string> }).scripts);
const filesIn = (folder: string): string[] => readdirSync(folder).flatMap((name) => (/\.(md|yml)$/.test(name) ? [`${folder}/${name}`] : []));
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesIn('docs'), ...filesIn('.github/workflows')];

describe.each(documents)('%s', (document) => {
  const text = readText(document);

  test('names only npm scripts that there are', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)|npm (start|test)\b/g)].map((match) => match[1] ?? match[2]);
    expect(named.filter((name) => !scripts.includes(name as string))).toEqual([]);
  });

  test('links only to files and headings that there are', () => {
    const broken = linksIn(text).filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      return !existsSync(target) || (anchor !== undefined && !anchorsIn(readText(target)).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  test('names only paths that there are', () => {
    const paths = [...text.matchAll(/`((?:lib|lambdas|test|tools|docs|emails|statemachines|bin|local|\.ci)\/[\w./-]*)`/g)].map(
      (match) => match[1] as string,
    );
    // Of the owner's folders, the example's are meant.
    const place = (path: string) => (/^(emails|statemachines)\//.test(path) ? join('examples/bookstore', path) : path);
    expect(paths.filter((path) => !existsSync(place(path)))).toEqual([]);
  });
});

describe('the stage table', () => {
  const folders = rowsIn(readme).flatMap(([, , code = '']) => linksIn(code));

  test('has every function, and no other', () => {
    const shared = ['schemas', 'domain', 'adapters'];
    const stages = readdirSync('lambdas').filter((name) => !shared.includes(name));
    expect(folders.toSorted()).toEqual(stages.map((name) => `lambdas/${name}`).toSorted());
  });
});

test('config examples are ones that the config takes', () => {
  const blocks = [...readme.matchAll(/```ts\n(\w+: \{[\s\S]+?|\{ name: [\s\S]+?)```/g)].map((match) => match[1] as string);
  const evaluate = (text: string) => new Function(`return ${text}`)() as Record<string, unknown>;
  const segments = evaluate(`[${blocks.find((block) => block.startsWith('{ name'))}]`) as unknown as ConfigInput['segments'];
  const { offer, ...settings } = evaluate(`{${blocks.filter((block) => /^\w+: /.test(block)).join('')}}`);
  expect(Object.keys(settings)).toEqual(['scores', 'thresholds', 'contact']);
  expect(Object.keys(settings).every((name) => name in configSchema.shape)).toBe(true);
  const { abandoned_cart: cart } = bookstore.campaigns;
  const campaigns = { abandoned_cart: { ...cart, steps: { ...cart?.steps, offer } } } as unknown as ConfigInput['campaigns'];
  const config = defineConfig({ ...(bookstore as ConfigInput), ...settings, segments: [...segments, ...bookstore.segments], campaigns });
  expect(config.segments.slice(0, 2).map(({ name }) => name)).toEqual(['big_spenders', 'wishful']);
});

test('continuous integration does what the README says, and ends with its test command', () => {
  const lines = readText('.ci/run').trim().split('\n');
  expect(lines).toContain('set -euo pipefail');
  expect(lines).toContain('npm ci');
  expect(lines.at(-1)).toBe('npm test');
  expect(statSync('.ci/run').mode & 0o111).not.toBe(0);
});
