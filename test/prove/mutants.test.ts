import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutants } from '../../prove/mutants/list.ts';
import { isTested, mutated } from '../../prove/mutants/mutant.ts';
import { chosenOf } from '../../prove/mutants/run.ts';

const root = join(import.meta.dirname, '../..');

describe('the mutants of npm run prove -- --mutants', () => {
  test.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s: follows the source', (_name, mutant) => {
    const source = readFileSync(join(root, mutant.file), 'utf8');
    expect(mutated(source, mutant)).not.toBe(source);
    for (const file of isTested(mutant.noticedBy) ? mutant.noticedBy.tests : []) expect(existsSync(join(root, file)), file).toBe(true);
  });

  test('have names of their own, by which some of them are chosen', () => {
    const names = mutants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const [first, second, ...others] = mutants;
    expect(chosenOf(mutants, {})).toEqual(mutants);
    expect(chosenOf(mutants, { only: [first!.name, second!.name] })).toEqual([first, second]);
    expect(chosenOf(mutants, { after: second!.name })).toEqual(others);
    expect([chosenOf(mutants, { only: ['no such name'] }), chosenOf(mutants, { after: 'no such name' })]).toEqual([[], []]);
  });

  test('say what is missing when the source has moved on', () => {
    expect(() => mutated('a b', { name: 'm', file: 'f.ts', from: 'c', to: '', noticedBy: { tests: [] } })).toThrow('m: f.ts has 0 times "c"');
    expect(() => mutated('c c', { name: 'm', file: 'f.ts', from: 'c', to: '', noticedBy: { tests: [] } })).toThrow('m: f.ts has 2 times "c"');
  });
});
