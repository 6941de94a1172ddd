import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ShopError } from '../tools/shop/errors.ts';
import { checkedShop } from '../tools/shop/check.ts';
import { parseCliOptions, usage, UsageError, type CliOptions } from './cli-options.ts';
import { lockFolder } from './lock.ts';
import { startRuntime } from './runtime.ts';
import { serve } from './serve.ts';
import { synthesise } from './stack/synth.ts';

const root = join(import.meta.dirname, '..');

try {
  const options = parseCliOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(usage);
  else await main(options);
} catch (error) {
  const isUsage = error instanceof UsageError;
  if (error instanceof ShopError) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`segue: ${error instanceof Error ? error.message : String(error)}\n${isUsage ? `\n${usage}` : ''}`);
  // Nothing that a failed start has left open may keep the process.
  process.exit(isUsage ? 2 : 1);
}

async function main({ port, timeScale, dataDir: folder, allowedHosts, fresh, verbose }: CliOptions): Promise<void> {
  const dataDir = resolve(folder);
  if (fresh) deleteData(dataDir);
  const { config, warnings } = await checkedShop();
  for (const warning of warnings) process.stderr.write(`segue.config.ts: ${warning}\n`);
  process.stdout.write('Synthesising the stack ...\n');
  const templateDir = join(root, 'cdk.out');
  await synthesise(root, templateDir);
  process.stdout.write('Starting ...\n');
  const start = async () => {
    const runtime = await startRuntime({ port, dataDir, timeScale, templateDir, verbose, config, allowedHosts });
    process.stdout.write(`
Segue runs at ${runtime.url}
  key for browsers  ${runtime.keys.web}
  key for servers   ${runtime.keys.server}
  data              ${dataDir}
${timeScale === 1 ? '' : `  time              ${timeScale} seconds pass in one\n`}
Open ${runtime.url} for the next steps. Ctrl-C stops.
`);
    return runtime;
  };
  await serve(dataDir, start, (text) => process.stdout.write(text));
}

/** Deletes nothing but a folder that this runtime made and that no other one uses. */
function deleteData(dataDir: string): void {
  if (!existsSync(dataDir)) return;
  if (!existsSync(join(dataDir, 'clock.json')))
    throw new UsageError(`--fresh: ${dataDir} does not look like a data folder of Segue, so it is not deleted`);
  lockFolder(dataDir)();
  rmSync(dataDir, { recursive: true });
}
