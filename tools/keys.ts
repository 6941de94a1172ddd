import { parseArgs } from 'node:util';
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createKeyRingStore, type KeyRingStore } from '../lambdas/adapters/signing-keys.ts';
import type { WriteKey } from '../lambdas/adapters/control-store.ts';
import { documentClient } from '../lambdas/adapters/clients.ts';
import { keySources } from '../lambdas/schemas/key-limits.ts';
import { signingKeysName } from '../lambdas/schemas/signing-keys.ts';
import { changeLimits, createLimits, limitsText, releaseStage, removeLimits, type AskedLimits } from './keys/limits.ts';
import { listSigningKeys, moveSigningKeys, revokeSigningKey, rotateSigningKey, type ListedSigningKey } from './keys/signing-keys.ts';
import { controlTableOf, deleteWriteKey, findWriteKey, listWriteKeys, newWriteKey, saveLimits, saveWriteKey } from './keys/write-keys.ts';

const help = `npm run keys -- <command> [options]

  create --source web|server [--per-second N] [--per-day N]
                               make a write key and print it, this once; only its hash is stored
  limit <keyId> [--per-second N] [--per-day N]
                               give a write key other limits; without any, those of its source in the stage
  list                         show the ids of all write keys, and of the keys that sign links in emails
  revoke <keyId>               delete a write key with its limits; cached answers let it in for up to 5 more minutes
  release                      delete all API keys and usage plans that this command made for the stage; before its stack is deleted
  rotate-signing               sign links with a new key from now on; links in old emails stay good
  revoke-signing <keyId>       refuse all links that a leaked key has signed, within 5 minutes; if it still signs, a new one takes over
  move-signing                 take the signing keys over that version 0.1 kept in the control table, once after an update

  --stage <name>   the deployment, dev by default; its control table is looked up by name
  --table <name>   the control table itself: the stack's output ControlTable; signing keys and limits are found by --stage alone
  --per-second <n> requests of the key in a second that last; five times as many may come at once
  --per-day <n>    requests of the key from midnight to midnight UTC
  --help           show this text

A web key is public and may be put into pages. A server key is secret: it may set addresses and consent, and count purchases.
Each key has limits: requests, not events, are counted. A key over its limit gets 429, with Retry-After; \`keyLimits\` in stages.ts sets those of keys that have none of their own.
Write keys lie in the control table, their limits in API Gateway, signing keys in the encrypted parameter /segue/<stage>/signing-keys.
AWS credentials and region come from the environment; AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SSM and AWS_ENDPOINT_URL_API_GATEWAY lead to emulators.`;

type Client = ReturnType<typeof documentClient>;
/** Both are looked up when they are asked for, so that a command needs rights on nothing else. */
interface Places {
  client: Client;
  table(): Promise<string>;
  ring: KeyRingStore;
  ringName: string;
  gateway: APIGatewayClient;
  stage: string;
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
      'per-second': { type: 'string' },
      'per-day': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (options.help) return console.log(help);
  const act = actionOf(positionals, options.source, limitsIn(positionals[0], options['per-second'], options['per-day']));
  const client = documentClient();
  const table = async () => options.table ?? controlTableOf(client, options.stage);
  const ringName = signingKeysName(options.stage);
  await act({ client, table, ring: createKeyRingStore(new SSMClient({}), ringName), ringName, gateway: new APIGatewayClient({}), stage: options.stage });
}

/** @throws Error when the command is none, or does not fit its arguments */
function actionOf([command = '', ...args]: string[], source: string | undefined, limits: AskedLimits): Action {
  const takesKey = ['revoke', 'revoke-signing', 'limit'].includes(command);
  const extra = args[takesKey ? 1 : 0];
  const keyId = args[0] ?? '';
  const actions: Record<string, () => Action> = {
    create: () => create(sourceIn(source), limits),
    limit: () => limit(keyId, limits),
    list: () => list,
    revoke: () => revoke(keyId),
    release: () => release,
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

/** @throws Error naming the option, its value and what is allowed, or that the command takes none */
function limitsIn(command: string | undefined, perSecond: string | undefined, perDay: string | undefined): AskedLimits {
  const given = { ...(perSecond !== undefined && { '--per-second': perSecond }), ...(perDay !== undefined && { '--per-day': perDay }) };
  const [first] = Object.keys(given);
  if (first !== undefined && command !== 'create' && command !== 'limit') throw new Error(`${first}: only create and limit take it; see --help`);
  const second = numberIn('--per-second', perSecond, 'a number above 0, up to 10000', (value) => value > 0 && value <= 10_000);
  const day = numberIn('--per-day', perDay, 'a whole number from 1 to 2147483647', (value) => Number.isInteger(value) && value >= 1 && value <= 2_147_483_647);
  return { ...(second !== undefined && { perSecond: second }), ...(day !== undefined && { perDay: day }) };
}

function numberIn(option: string, text: string | undefined, allowed: string, fits: (value: number) => boolean): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!fits(value)) throw new Error(`${option} ${JSON.stringify(text)}: must be ${allowed}`);
  return value;
}

/** The key alone goes to standard output, so that it can be piped into a secret store. */
function create(source: WriteKey['source'], asked: AskedLimits): Action {
  return async ({ client, table: find, gateway, stage }) => {
    const table = await find();
    const { key, stored } = newWriteKey(source, Date.now());
    const { keyId, usageKey } = stored;
    // The limits first: a key without them could not be told from one that was made before there were any.
    const limits = await createLimits(gateway, { stage, keyId, source, usageKey }, asked);
    await saveWriteKey(client, table, { ...stored, ...(limits && { limits }) });
    console.error(`made ${keyId} in ${table}, ${limits ? limitsText(limits) : `with the limits of ${source} keys`}; this is the only time that the key is shown:`);
    console.log(key);
  };
}

function limit(keyId: string, asked: AskedLimits): Action {
  return async ({ client, table: find, gateway, stage }) => {
    const table = await find();
    const { id, source, usageKey = id } = await findWriteKey(client, table, keyId);
    const limits = await changeLimits(gateway, { stage, keyId, source, usageKey }, asked);
    await saveLimits(client, table, id, usageKey, limits);
    console.log(`${keyId}: ${limits ? limitsText(limits) : `the limits of ${source} keys`}; within five minutes everywhere`);
  };
}

async function release({ gateway, stage }: Places): Promise<void> {
  const { keys, plans } = await releaseStage(gateway, stage);
  console.log(`deleted ${keys} API key${keys === 1 ? '' : 's'} and ${plans} usage plan${plans === 1 ? '' : 's'} of ${stage}; its write keys are answered with 503 from now on`);
}

async function list({ client, table, ring }: Places): Promise<void> {
  const writeKeys = await listWriteKeys(client, await table());
  for (const { keyId, source, createdAtMs, limits, usageKey } of writeKeys) {
    const held = limits ? limitsText(limits) : usageKey === undefined ? `shares the limits of ${source} keys with others ("limit ${keyId}" gives it its own)` : `limits of ${source} keys`;
    console.log(`${keyId}  ${source.padEnd(6)}  ${new Date(createdAtMs).toISOString()}  ${held}`);
  }
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
  return async ({ client, table: find, gateway, stage }) => {
    const table = await find();
    const found = await findWriteKey(client, table, keyId);
    await deleteWriteKey(client, table, found);
    const hadLimits = found.usageKey === undefined || (await removeLimits(gateway, { stage, keyId }));
    if (!hadLimits) console.error(`stage ${stage} has no API key of ${keyId}: if it is of another stage, delete it there in the console of API Gateway`);
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
