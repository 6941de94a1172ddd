import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesise } from '../../local/stack/synth.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    templateDir: string;
  }
}

/** Synthesises the stack of the example shop once for all scenarios. */
export default async function setup(project: TestProject): Promise<() => void> {
  const templateDir = mkdtempSync(join(tmpdir(), 'segue-template-'));
  await synthesise(join(import.meta.dirname, '../..'), templateDir, 'examples/bookstore');
  project.provide('templateDir', templateDir);
  return () => rmSync(templateDir, { recursive: true, force: true });
}
