import { serve } from '../../local/serve.ts';
import { startRuntime } from '../../local/runtime.ts';
import config from '../../examples/bookstore/segue.config.ts';

/** Segue as `npm start` runs it, on a template that is there already: data folder, template folder, time scale. */
const [dataDir = '', templateDir = '', timeScale = '1'] = process.argv.slice(2);

const start = async () => {
  const runtime = await startRuntime({ port: 0, dataDir, templateDir, timeScale: Number(timeScale), verbose: false, config });
  process.stdout.write(`${JSON.stringify({ url: runtime.url, key: runtime.keys.server })}\n`);
  return runtime;
};

await serve(dataDir, start, (text) => process.stdout.write(text)).catch((error: unknown) => {
  process.stderr.write(`segue: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
