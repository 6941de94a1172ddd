import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutants } from '../../prove/mutants/list.ts';
import { mutated } from '../../prove/mutants/mutant.ts';

const root = join(import.meta.dirname, '../..');

describe('the mutants of npm run prove -- --mutants', () => {
  test.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s: follows the source', (_name, mutant) => {
    const source = readFileSync(join(root, mutant.file), 'utf8');
    expect(mutated(source, mutant)).not.toBe(source);
    for (const file of 'tests' in mutant.noticedBy ? mutant.noticedBy.tests : []) expect(existsSync(join(root, file)), file).toBe(true);
  });

  test('say what is missing when the source has moved on', () => {
    expect(() => mutated('a b', { name: 'm', file: 'f.ts', from: 'c', to: '', noticedBy: { tests: [] } })).toThrow('m: f.ts has 0 times "c"');
    expect(() => mutated('c c', { name: 'm', file: 'f.ts', from: 'c', to: '', noticedBy: { tests: [] } })).toThrow('m: f.ts has 2 times "c"');
  });
});
