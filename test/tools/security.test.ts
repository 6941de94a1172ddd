import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isTested } from '../../prove/mutants/mutant.ts';
import { securityMutants } from '../../prove/mutants/security.ts';
import { readText, rowsIn } from '../support/markdown.ts';

const root = join(import.meta.dirname, '..', '..');

/** Lines of the threat model: those of tables whose first cell is an id. */
const lines = rowsIn(readText('docs/security.md'))
  .filter(([id]) => /^[A-Z]\d+$/.test(id ?? ''))
  .map(([id = '', threat = '', guard = '', tests = '']) => ({ id, threat, guard, files: [...tests.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string) }));

/** Ids that begin the titles of tests, by file. */
const titled = new Map(
  readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => [`test/${name}`, new Set([...readFileSync(join(root, 'test', name), 'utf8').matchAll(/['"`]((?:\[[A-Z]\d+\] )+)/g)].flatMap((match) => [...(match[1] as string).matchAll(/[A-Z]\d+/g)].map(([id]) => id)))]),
);

test('every line of the threat model says what stops it, and has a test in each file that it names', () => {
  expect(lines.length).toBeGreaterThan(3);
  expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  for (const { id, threat, guard, files } of lines) {
    expect(threat !== '' && guard !== '' && files.length > 0, `${id} is complete`).toBe(true);
    for (const file of files) {
      expect(existsSync(join(root, file)), `${id}: ${file}`).toBe(true);
      expect(titled.get(file)?.has(id), `${id}: a test of ${file} whose title begins with [${id}]`).toBe(true);
    }
  }
});

test('every line of the threat model has a mutant that takes its guard away, noticed by a test of the line', () => {
  for (const { id, files } of lines) {
    const own = securityMutants.filter(({ name }) => name.startsWith(`[${id}] `));
    const noticing = own.flatMap(({ noticedBy }) => (isTested(noticedBy) ? noticedBy.tests : ['test/prove/seeds.test.ts']));
    expect({ id, mutants: own.length > 0, elsewhere: noticing.filter((file) => !files.includes(file)) }).toEqual({ id, mutants: true, elsewhere: [] });
  }
  expect(securityMutants.filter(({ name }) => !lines.some(({ id }) => name.startsWith(`[${id}] `)))).toEqual([]);
});

test('every test that names a line of the threat model is named by it', () => {
  const named = new Set(lines.flatMap(({ id, files }) => files.map((file) => `${id} ${file}`)));
  const missing = [...titled].flatMap(([file, ids]) => [...ids].map((id) => `${id} ${file}`)).filter((one) => !named.has(one));
  expect(missing).toEqual([]);
});
