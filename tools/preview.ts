import { resolve } from 'node:path';
import { config, ownShop } from './shop/own.ts';
import { help, parseOptions, type SendOptions, type ServeOptions } from './preview/options.ts';
import { localStores } from './preview/person.ts';
import { mailerFor, sendTest } from './preview/send-test.ts';
import { startPreview } from './preview/server.ts';
import { UsageError } from './simulate/errors.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else if ('send' in options) await send(options.send);
  else await serve(options.serve);
} catch (error) {
  console.error(`preview: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function serve({ port, dataDir }: ServeOptions): Promise<void> {
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  // Reported at the start rather than at the first request. The clients are made anew each time, since a Segue that is started again has other addresses.
  if (dataDir !== undefined) await localStores(resolve(dataDir));
  const preview = await startPreview({
    directory: ownShop.emailsDir,
    port,
    config,
    ...(dataDir !== undefined && { openStores: () => localStores(resolve(dataDir)) }),
  });
  console.log(`The emails are shown at ${preview.url} and follow what you change. Ctrl-C stops.`);
  await stopped;
  await preview.close();
}

async function send(options: SendOptions): Promise<void> {
  const messageId = await sendTest(ownShop.emailsDir, config, mailerFor(options), options);
  console.log(`sent ${options.email} to ${options.to} as ${messageId}`);
}
