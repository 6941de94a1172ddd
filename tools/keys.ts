import { parseArgs } from 'node:util';
import type { WriteKey } from '../lambdas/adapters/control-store.ts';
import { documentClient } from '../lambdas/adapters/clients.ts';
import { controlTableOf, createWriteKey, keySources, listWriteKeys, revokeWriteKey } from './write-keys.ts';

const help = `npm run keys -- <command> [options]

  create --source web|server   make a write key and print it, this once; only its hash is stored
  list                         show the ids of all write keys
  revoke <keyId>               delete a write key; cached answers let it in for up to 5 more minutes

  --stage <name>   the deployment, dev by default; its control table is looked up by name
  --table <name>   the control table itself: the stack's output ControlTable
  --help           show this text

A web key is public and may be put into pages. A server key is secret: it may set addresses and consent, and count purchases.
AWS credentials and region come from the environment; AWS_ENDPOINT_URL_DYNAMODB leads to an emulator.`;

try {
  await main();
} catch (error) {
  console.error(`keys: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      source: { type: 'string' },
      stage: { type: 'string', default: 'dev' },
      table: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (options.help) return console.log(help);
  const [command, keyId, ...rest] = positionals;
  if (!(command === 'create' || command === 'list' || command === 'revoke')) {
    throw new Error(`command ${JSON.stringify(command ?? '')}: must be create, list or revoke; see --help`);
  }
  const extra = command === 'revoke' ? rest : positionals.slice(1);
  if (extra.length > 0) throw new Error(`${JSON.stringify(extra[0])}: ${command} takes no such argument; see --help`);
  const source = command === 'create' ? sourceIn(options.source) : undefined;
  if (command === 'revoke' && keyId === undefined) throw new Error('revoke needs the id of a key; "list" shows them');

  const client = documentClient();
  const table = options.table ?? (await controlTableOf(client, options.stage));
  if (source) return print(await createWriteKey(client, table, source, Date.now()), table);
  if (keyId) {
    await revokeWriteKey(client, table, keyId);
    return console.log(`revoked ${keyId}; cached answers let it in for up to 5 more minutes`);
  }
  const keys = await listWriteKeys(client, table);
  for (const { keyId: id, source: kind, createdAtMs } of keys)
    console.log(`${id}  ${kind.padEnd(6)}  ${new Date(createdAtMs).toISOString()}`);
  if (keys.length === 0) console.log('no write keys');
}

function sourceIn(value: string | undefined): WriteKey['source'] {
  const source = keySources.find((one) => one === value);
  if (source === undefined) throw new Error(`--source ${JSON.stringify(value ?? '')}: must be ${keySources.join(' or ')}`);
  return source;
}

/** The key alone goes to standard output, so that it can be piped into a secret store. */
function print({ key, keyId }: { key: string; keyId: string }, table: string): void {
  console.error(`made ${keyId} in ${table}; this is the only time that the key is shown:`);
  console.log(key);
}
