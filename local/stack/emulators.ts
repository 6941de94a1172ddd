import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { join } from 'node:path';
import ses from 'aws-ses-v2-local';
import dynalite from 'dynalite';
import kinesalite from 'kinesalite';
import { checkLevel } from '../storage/level.ts';
import { createS3Server } from '../storage/s3/server.ts';
import { openObjectStore } from '../storage/s3/store.ts';
import { underGrants, type TableRules } from '../iam/guard.ts';
import { watchRequests } from './in-progress.ts';
import { onlyLocal } from './local-only.ts';

export interface Emulators {
  dynamodbUrl: string;
  kinesisUrl: string;
  s3Url: string;
  sesUrl: string;
  close(): Promise<void>;
}

export const host = '127.0.0.1';

/**
 * Starts the emulators on free ports, which refuse web pages and foreign names; what they hold lies in the data folder (aws-ses-v2-local keeps mails in memory only).
 * A service for which the user names another endpoint (AWS_ENDPOINT_URL, or the one of the service) is not started.
 */
export async function startEmulators(dataDir: string, env: NodeJS.ProcessEnv, buckets: readonly string[], rules?: TableRules): Promise<Emulators> {
  const folder = (name: string) => {
    const path = join(dataDir, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (name !== 's3') checkLevel(path);
    return path;
  };
  const closers: (() => Promise<void>)[] = [];
  const listen = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      onlyLocal(server).listen(0, host, resolve);
    });
    const settled = watchRequests(server);
    closers.push(() => settled().then(() => closeServer(server)));
    return `http://${host}:${(server.address() as AddressInfo).port}`;
  };
  const startDynamo = () => {
    const server = dynalite({ path: folder('dynamodb'), createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    return listen(rules ? underGrants(server, rules) : server);
  };
  const startS3 = () => {
    const store = openObjectStore(folder('s3'));
    for (const bucket of buckets) store.createBucket(bucket);
    return listen(createS3Server(store));
  };
  const startSes = async () => {
    const server = onlyLocal(await ses.default({ host, port: 0 }));
    closers.push(() => closeServer(server));
    return `http://${host}:${(server.address() as AddressInfo).port}`;
  };
  const [dynamodbUrl, kinesisUrl, s3Url, sesUrl] = await Promise.all([
    userEndpoint(env, 'DYNAMODB') ?? startDynamo(),
    userEndpoint(env, 'KINESIS') ?? listen(kinesalite({ path: folder('kinesis'), createStreamMs: 0, updateStreamMs: 0, shardLimit: 200 })),
    userEndpoint(env, 'S3') ?? startS3(),
    startSes(),
  ]);
  return { dynamodbUrl, kinesisUrl, s3Url, sesUrl, close: async () => void (await Promise.all(closers.map((close) => close()))) };
}

/** An emulator that the user runs. Step Functions, SES and the like are local unless they have an endpoint of their own, since this runtime implements them. */
export function userEndpoint(env: NodeJS.ProcessEnv, service: 'DYNAMODB' | 'KINESIS' | 'S3' | 'SFN' | 'SESV2' | 'EVENTBRIDGE' | 'SSM'): string | undefined {
  const own = env[`AWS_ENDPOINT_URL_${service}`];
  return own ?? (service === 'SFN' || service === 'SESV2' || service === 'EVENTBRIDGE' || service === 'SSM' ? undefined : env.AWS_ENDPOINT_URL);
}

/** Closes a server at once, whoever still holds a connection. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
