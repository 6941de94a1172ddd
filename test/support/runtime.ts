import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { startRuntime, type Runtime, type RuntimeOptions } from '../../local/runtime.ts';
import config from '../../examples/bookstore/segue.config.ts';

export interface World {
  dataDir: string;
  start(options?: Partial<RuntimeOptions>): Promise<Runtime>;
  /** Stops what was started and deletes the folder. */
  end(): Promise<void>;
}

/** A data folder, on which runtimes of the synthesised template can be started one after the other. */
export function createWorld(): World {
  const folder = mkdtempSync(join(tmpdir(), 'segue-test-'));
  const dataDir = join(folder, 'data');
  const runtimes: Runtime[] = [];
  return {
    dataDir,
    async start(options = {}) {
      const runtime = await startRuntime({ port: 0, dataDir, timeScale: 1, templateDir: inject('templateDir'), verbose: false, config, ...options });
      runtimes.push(runtime);
      return runtime;
    },
    async end() {
      for (const runtime of runtimes) await runtime.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export { eventually } from './eventually.ts';

export const basicAuth = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
