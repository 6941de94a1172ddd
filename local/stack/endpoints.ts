import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, readJsonFile, replaceFile } from '../storage/files.ts';
import { isAlive } from '../lock.ts';

/** The addresses at which tools reach the services of a running Segue. */
export interface Endpoints {
  region: string;
  /** Of the API, without a slash at its end. */
  url: string;
  dynamodbUrl: string;
  kinesisUrl: string;
  s3Url: string;
  /** The SES endpoint, for a test mail. */
  emailUrl?: string;
  /** Manages API keys and usage plans. */
  apiGatewayUrl?: string;
  /** The Step Functions endpoint, and what all state machine ARNs begin with. */
  statesUrl: string;
  stateMachineArnPrefix: string;
  /** Parameters, which hold the signing keys. */
  parametersUrl?: string;
  streamName: string;
  deadLetterBucket: string;
}

const fileIn = (dataDir: string): string => join(dataDir, 'endpoints.json');

/** @returns a function that removes the addresses */
export function publishEndpoints(dataDir: string, endpoints: Endpoints): () => void {
  const file = fileIn(dataDir);
  replaceFile(file, JSON.stringify({ pid: process.pid, ...endpoints }, null, 2), 0o600);
  return () => rmSync(file, { force: true });
}

/** @throws Error naming the folder, when no Segue runs on it */
export function readEndpoints(dataDir: string): Endpoints {
  const found = readJsonFile(fileIn(dataDir), {
    isValid: (value): value is Endpoints & { pid: number } => isObject(value) && Number.isInteger(value.pid),
    advice: 'Start Segue again, which writes it anew.',
  });
  // After a kill, the file is still there.
  if (found === undefined || !isAlive(found.pid)) throw new Error(`no Segue runs with the data folder ${dataDir}; start it with npm start`);
  const { pid: _, ...endpoints } = found;
  return endpoints;
}
