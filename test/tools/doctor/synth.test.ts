import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contextFor } from '../../../tools/doctor/synth.ts';

const root = join(import.meta.dirname, '../../..');

/** Settings of the program's own run, which change no template. */
const ofTheRun = ['aws:cdk:bundling-stacks', '@aws-cdk/core:failSynthOnValidationErrors'];

// Were it another one, the doctor would call each deployment another version.
test("the doctor's context is the one that the CDK's own program gives the app", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'segue-context-'));
  const program = join(root, 'node_modules/aws-cdk/bin/cdk');
  const args = ['synth', '-c', 'stage=prod', '--no-notices', '--app', `"${process.execPath}" test/fixtures/print-context.mjs`, '--output', folder];
  const output = await new Promise<string>((resolve) => execFile(process.execPath, [program, ...args], { cwd: root }, (_error, stdout, stderr) => resolve(stdout + stderr)));
  rmSync(folder, { recursive: true });
  const given = JSON.parse(/^context (\{.*\})$/m.exec(output)?.[1] ?? output) as Record<string, unknown>;
  for (const name of ofTheRun) delete given[name];
  expect(contextFor({ stage: 'prod' })).toEqual(given);
});
