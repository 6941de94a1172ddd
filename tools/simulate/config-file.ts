import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config, ConfigInput } from '../../lambdas/schemas/config.ts';
import { defineConfig } from '../../lambdas/schemas/define-config.ts';
import { loadShop } from '../shop/shop.ts';
import { UsageError } from './errors.ts';

/** The state machines of a configuration: beside it, else those of the owner's shop. */
export async function definitionsOf(file: string): Promise<string> {
  const beside = join(dirname(resolve(file)), 'statemachines');
  return existsSync(beside) ? beside : (await loadShop()).definitionFolder;
}

/**
 * Reads a configuration: a module with a default export, or JSON.
 * @throws UsageError naming the file, with one line per problem
 */
export async function readConfig(file: string): Promise<Config> {
  try {
    const input = file.endsWith('.json')
      ? (JSON.parse(readFileSync(file, 'utf8')) as unknown)
      : ((await import(pathToFileURL(resolve(file)).href)) as { default?: unknown }).default;
    if (input === undefined) throw new UsageError(`--config: ${file}: has no default export; it must export what defineConfig takes`);
    return defineConfig(input as ConfigInput);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    // A config may have loaded another copy of the module that its error comes from.
    const problems = error.name === 'ConfigError' ? (error as unknown as { problems: string[] }).problems : [error.message];
    throw new UsageError(`--config: ${file}:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
}
