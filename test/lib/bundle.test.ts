import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { envSchemas } from '../../lambdas/schemas/env.ts';
import { bundle } from '../../lib/parts/bundle.ts';
import config from '../../examples/bookstore/segue.config.ts';
import emails from '../../examples/bookstore/emails/compiled.json' with { type: 'json' };

async function bundled(): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'segue-bundle-'));
  await bundle({ config, emails }, folder);
  return Object.fromEntries(readdirSync(folder).map((stage) => [stage, readFileSync(join(folder, stage, 'index.mjs'), 'utf8')]));
}

const hashes = (files: Record<string, string>) =>
  Object.entries(files).map(([stage, code]) => [stage, createHash('sha256').update(code).digest('hex')]);

it('makes one ES module with a handler for each function, the same in any folder', async () => {
  const first = await bundled();
  expect(Object.keys(first).sort()).toEqual(Object.keys(envSchemas).sort());
  for (const code of Object.values(first)) expect(code).toMatch(/export\s*\{[^}]*\bhandler\b[^}]*\}/);
  expect(hashes(await bundled())).toEqual(hashes(first));
});
