import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Looks again and again until `look` finds something. @throws Error naming what was waited for */
export async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>, withinMs = 20_000): Promise<NonNullable<T>> {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found as NonNullable<T>;
    if (Date.now() > until) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await sleep(40);
  }
}

export const basicAuth = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
