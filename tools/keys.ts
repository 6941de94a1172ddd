import { parseArgs } from 'node:util';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createKeyRingStore, type KeyRingStore } from '../lambdas/adapters/signing-keys.ts';
import type { WriteKey } from '../lambdas/adapters/control-store.ts';
import { documentClient } from '../lambdas/adapters/clients.ts';
import { signingKeysName } from '../lambdas/schemas/signing-keys.ts';
import { listSigningKeys, moveSigningKeys, revokeSigningKey, rotateSigningKey, type ListedSigningKey } from './keys/signing-keys.ts';
import { controlTableOf, createWriteKey, keySources, listWriteKeys, revokeWriteKey } from './keys/write-keys.ts';

const help = `npm run keys -- <command> [options]

  create --source web|server   make a write key and print it, this once; only its hash is stored
  list                         show the ids of all write keys, and of the keys that sign links in emails
  revoke <keyId>               delete a write key; cached answers let it in for up to 5 more minutes
  rotate-signing               sign links with a new key from now on; links in old emails stay good
  revoke-signing <keyId>       refuse all links that a leaked key has signed, within 5 minutes; if it still signs, a new one takes over
  move-signing                 take the signing keys over that version 0.1 kept in the control table, once after an update

  --stage <name>   the deployment, dev by default; its control table is looked up by name
  --table <name>   the control table itself: the stack's output ControlTable; signing keys are found by --stage alone
  --help           show this text

A web key is public and may be put into pages. A server key is secret: it may set addresses and consent, and count purchases.
Write keys lie in the control table, signing keys in the encrypted parameter /segue/<stage>/signing-keys.
AWS credentials and region come from the environment; AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_SSM lead to emulators.`;

type Client = ReturnType<typeof documentClient>;
/** Both are looked up when they are asked for, so that a command needs rights on nothing else. */
interface Places {
  client: Client;
  table(): Promise<string>;
  ring: KeyRingStore;
  ringName: string;
}
type Action = (places: Places) => Promise<void>;

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
  const act = actionOf(positionals, options.source);
  const client = documentClient();
  const table = async () => options.table ?? controlTableOf(client, options.stage);
  const ringName = signingKeysName(options.stage);
  await act({ client, table, ring: createKeyRingStore(new SSMClient({}), ringName), ringName });
}

/** @throws Error when the command is none, or does not fit its arguments */
function actionOf([command = '', ...args]: string[], source: string | undefined): Action {
  const takesKey = command === 'revoke' || command === 'revoke-signing';
  const extra = args[takesKey ? 1 : 0];
  const keyId = args[0] ?? '';
  const actions: Record<string, () => Action> = {
    create: () => create(sourceIn(source)),
    list: () => list,
    revoke: () => revoke(keyId),
    'rotate-signing': () => rotateSigning,
    'revoke-signing': () => revokeSigning(keyId),
    'move-signing': () => moveSigning,
  };
  const action = Object.hasOwn(actions, command) ? actions[command] : undefined;
  if (action === undefined) throw new Error(`command ${JSON.stringify(command)}: must be ${Object.keys(actions).join(', ')}; see --help`);
  if (extra !== undefined) throw new Error(`${JSON.stringify(extra)}: ${command} takes no such argument; see --help`);
  if (takesKey && keyId === '') throw new Error(`${command} needs the id of a key; "list" shows them`);
  return action();
}

function sourceIn(value: string | undefined): WriteKey['source'] {
  const source = keySources.find((one) => one === value);
  if (source === undefined) throw new Error(`--source ${JSON.stringify(value ?? '')}: must be ${keySources.join(' or ')}`);
  return source;
}

/** The key alone goes to standard output, so that it can be piped into a secret store. */
function create(source: WriteKey['source']): Action {
  return async ({ client, table: find }) => {
    const table = await find();
    const { key, keyId } = await createWriteKey(client, table, source, Date.now());
    console.error(`made ${keyId} in ${table}; this is the only time that the key is shown:`);
    console.log(key);
  };
}

async function list({ client, table, ring }: Places): Promise<void> {
  const writeKeys = await listWriteKeys(client, await table());
  for (const { keyId, source, createdAtMs } of writeKeys) console.log(`${keyId}  ${source.padEnd(6)}  ${new Date(createdAtMs).toISOString()}`);
  if (writeKeys.length === 0) console.log('no write keys');
  const signingKeys = await listSigningKeys(ring);
  for (const key of signingKeys) console.log(`${key.keyId}  signing key since ${dayTime(key.createdAtMs)}, ${stateOf(key)}`);
  if (signingKeys.length === 0) console.log('no signing keys yet; the first email makes one');
}

function dayTime(atMs: number | undefined): string {
  return atMs === undefined ? 'an unknown day' : new Date(atMs).toISOString();
}

function stateOf({ revokedAtMs, signs }: ListedSigningKey): string {
  if (revokedAtMs !== undefined) return `revoked ${dayTime(revokedAtMs)}`;
  return signs ? 'signs now' : 'good for old emails';
}

function revoke(keyId: string): Action {
  return async ({ client, table }) => {
    await revokeWriteKey(client, await table(), keyId);
    console.log(`revoked ${keyId}; cached answers let it in for up to 5 more minutes`);
  };
}

async function moveSigning({ client, table: find, ring, ringName }: Places): Promise<void> {
  const table = await find();
  const { moved, current } = await moveSigningKeys(ring, client, table);
  if (current === undefined) return console.log(`no signing keys in ${table}`);
  console.log(`moved ${moved} signing key${moved === 1 ? '' : 's'} to ${ringName}; ${current} signs`);
}

async function rotateSigning({ ring }: Places): Promise<void> {
  console.log(`${await rotateSigningKey(ring, Date.now())} signs from now on; links in old emails stay good`);
}

function revokeSigning(keyId: string): Action {
  return async ({ ring }) => {
    const successor = await revokeSigningKey(ring, keyId, Date.now());
    if (successor !== undefined) console.log(`${successor} signs from now on`);
    console.log(`revoked ${keyId}`);
    console.error(
      `WARNING: no link that ${keyId} has signed works any more, in any email that went out with it: to unsubscribe, to a survey, to a report.\n` +
        'People who click on one read that it does not work and how to be taken off the list all the same. Answer those who write.',
    );
  };
}
