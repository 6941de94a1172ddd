import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { envSchemas } from '../../lambdas/schemas/env.ts';
import { bundle, bundleSettings } from '../../lib/parts/bundle.ts';
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
}, 120_000);

/** Of our own sources with the config, and of zod; what AWS's clients take is none of our doing. */
async function ownBytesOf(stage: string): Promise<{ own: number; zod: number }> {
  const { metafile } = await build({ ...bundleSettings({ config, emails: {} }), entryPoints: [`lambdas/${stage}/index.ts`], outdir: 'nowhere', write: false, metafile: true });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const bytesOf = (isIn: (path: string) => boolean) => inputs.reduce((sum, [path, { bytesInOutput }]) => sum + (isIn(path) ? bytesInOutput : 0), 0);
  return { own: bytesOf((path) => !path.includes('node_modules')), zod: bytesOf((path) => path.includes('node_modules/zod/')) };
}

it('process-events, which runs most, carries no more code than it did', async () => {
  const { own, zod } = await ownBytesOf('process-events');
  expect(own).toBeGreaterThan(50_000);
  // 91 and 33 KB when this was written; the rest is room for what the pipeline may still learn to do.
  expect(own).toBeLessThanOrEqual(98_000);
  // The small build of zod; the full one has twice as much.
  expect(zod).toBeLessThanOrEqual(35_000);
}, 120_000);
