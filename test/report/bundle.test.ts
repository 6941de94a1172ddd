import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { renderReport } from '../../lambdas/domain/report/render.ts';
import { bundleSettings } from '../../lib/parts/bundle.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { sample } from '../domain/report/sample.ts';

test('a function can carry it: bundled like all functions, it draws the same page where no package is installed', async () => {
  // Far from any node_modules.
  const folder = mkdtempSync(join(tmpdir(), 'segue-report-bundle-'));
  try {
    const bundle = join(folder, 'render.mjs');
    await build({ ...bundleSettings({ config, emails: {} }), entryPoints: ['lambdas/domain/report/render.ts'], outfile: bundle });
    writeFileSync(join(folder, 'data.json'), JSON.stringify(sample));
    writeFileSync(
      join(folder, 'run.mjs'),
      "import data from './data.json' with { type: 'json' }; import { renderReport } from './render.mjs'; process.stdout.write(await renderReport(data));",
    );
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'run.mjs')], { maxBuffer: 2 ** 24 });
    expect(stdout === (await renderReport(sample))).toBe(true);
    expect(statSync(bundle).size).toBeLessThan(1_000_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
