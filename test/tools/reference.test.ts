import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { envSchemas } from '../../lambdas/schemas/env.ts';
import { ruleKinds } from '../../lambdas/schemas/rule.ts';
import { skipReasons } from '../../lambdas/schemas/workflow.ts';
import { referenceDocument } from '../../tools/reference/document.ts';
import { readSchemaComments } from '../../tools/reference/schema-comments.ts';
import { fieldTable, typeText } from '../../tools/reference/schema-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'reference-'));
afterAll(() => rmSync(folder, { recursive: true }));

const reference = (...args: string[]) => spawnSync(process.execPath, ['tools/reference.ts', ...args], { encoding: 'utf8' });

describe('the command', () => {
  const file = join(folder, 'reference.md');

  test('writes the file, and then finds it up to date', () => {
    expect(reference('--check', '--file', file).status).toBe(1);
    expect(reference('--file', file)).toMatchObject({ status: 0, stdout: expect.stringContaining('wrote') });
    expect(readFileSync(file, 'utf8')).toBe(referenceDocument());
    expect(reference('--check', '--file', file)).toMatchObject({ status: 0, stdout: expect.stringContaining('is up to date') });
  });

  test('--check leaves a stale file alone and says what to run', () => {
    writeFileSync(file, 'stale');
    expect(reference('--check', '--file', file)).toMatchObject({ status: 1, stderr: expect.stringContaining('run npm run reference') });
    expect(readFileSync(file, 'utf8')).toBe('stale');
  });

  test('--help says what it does', () => {
    expect(reference('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--check') });
  });
});

describe('the document', () => {
  const document = referenceDocument();

  test('has the type, the need and the meaning of a field deep in the config', () => {
    expect(document).toContain(
      '| `campaigns.<name>.steps.<name>.afterHours` | number, at least 0 | yes | Hours that the workflow waits before this step. |',
    );
    expect(document).toContain('| `segments[].when` | [rule](#rules) | yes |');
    expect(document).toContain('| `aliases` | object of string, 1 to 200 characters, by name | no; default `{}` |');
  });

  test('says once what all calls share', () => {
    expect(document.match(/\| `messageId` \|/g)).toHaveLength(1);
    expect(document.match(/\| `event` \| string/g)).toHaveLength(1);
    expect(document).toMatch(/### track\n\n\| field .*\n\| --- .*\n\| `event` \|/);
  });

  test('has every kind of rule, reason to skip and environment variable', () => {
    const leaves = ruleKinds.filter((kind) => !['all', 'any', 'not'].includes(kind));
    for (const kind of leaves) expect(document).toContain(`### ${kind}\n`);
    for (const reason of skipReasons) expect(document).toContain(`\`"${reason}"\``);
    for (const [stage, schema] of Object.entries(envSchemas)) {
      const section = document.split(`### ${stage}\n`)[1]?.split('###')[0];
      for (const name of Object.keys(schema.shape)) expect(section).toContain(`| \`${name}\` |`);
    }
  });

  test.each(['event', 'config', 'rule', 'workflow', 'email', 'env'])('has what is written above the fields of %s.ts', (name) => {
    const source = readFileSync(`lambdas/schemas/${name}.ts`, 'utf8');
    const comments = [...source.matchAll(/^ {2,}\/\*\* (.+) \*\/$/gm)].map((match) => match[1] as string);
    expect(comments.length).toBeGreaterThan(0);
    expect(comments.filter((comment) => !document.includes(comment.replaceAll('|', '\\|')))).toEqual([]);
  });
});

describe('comments of a schema', () => {
  const file = join(folder, 'schema.ts');
  writeFileSync(
    file,
    `const inner = {
  /** Of inner. */
  a: z.string(),
  b: z.string(),
};
/**
 * Of shape.
 * Goes on.
 */
export const shape = z.extend(z.object({ base: z.string() }), {
  ...inner,
  /** Of list. */
  list: z.optional(z.array(z.object({
    /** Of element. */
    c: inner.b,
  }))).check(z.minLength(1)),
  map: z.record(z.string(), z.array(z.object(inner))),
  same: inner.a,
});
export const either = z.discriminatedUnion('kind', [
  /** First. */
  z.object({ kind: z.literal('x') }),
  z.object({
    /** Inside. */
    kind: z.literal('y'),
  }),
]);
`,
  );
  const comments = readSchemaComments(file);

  test('are found through references, spreads, wrappers, lists and records', () => {
    expect(Object.fromEntries(comments('shape'))).toEqual({
      '': 'Of shape. Goes on.',
      a: 'Of inner.',
      list: 'Of list.',
      'list[].c': 'Of element.',
      'map.<name>[].a': 'Of inner.',
      same: 'Of inner.',
    });
  });

  test('are found in the variants of a union', () => {
    expect(Object.fromEntries(comments('either'))).toEqual({ '|0': 'First.', '|1.kind': 'Inside.' });
  });

  test('of something that is not there are an error', () => {
    expect(() => comments('other')).toThrow('no other');
    expect(() => comments('inner', 'z')).toThrow('no inner.z');
  });
});

describe('a table', () => {
  test.each([
    [{ type: 'string', minLength: 1 }, 'string, not empty'],
    [{ type: 'string', maxLength: 9 }, 'string, at most 9 characters'],
    [{ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }, 'whole number, at least 1'],
    [{ type: 'array', items: { type: 'number', exclusiveMinimum: 0 }, minItems: 2 }, 'list of number, over 0; at least 2 items'],
    [{ anyOf: [{ type: 'string', format: 'uri' }, { type: 'null' }] }, 'URL or null'],
    [{}, 'any value'],
  ])('describes %j as %s', (schema, text) => {
    expect(typeText(schema)).toBe(text);
  });

  test('keeps its columns when a text has a bar, and leaves out an empty column', () => {
    const schema = { type: 'object', properties: { a: { const: 'x|y' } }, required: ['a'] };
    expect(fieldTable(schema)).toBe('| field | type | required |\n| --- | --- | --- |\n| `a` | `"x\\|y"` | yes |');
    expect(fieldTable(schema, new Map([['a', 'this | that']]))).toContain('| yes | this \\| that |');
  });
});
