import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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

test('every test that names a line of the threat model is named by it', () => {
  const named = new Set(lines.flatMap(({ id, files }) => files.map((file) => `${id} ${file}`)));
  const missing = [...titled].flatMap(([file, ids]) => [...ids].map((id) => `${id} ${file}`)).filter((one) => !named.has(one));
  expect(missing).toEqual([]);
});
