import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleSettings } from '../lib/parts/bundle.ts';
import config from '../examples/bookstore/segue.config.ts';

export interface BundleResult {
  bytes: number;
  /** A bundle that holds only the SDK clients that the function uses. */
  bareClientBytes: number;
  importMs: number;
  bareClientImportMs: number;
}

const root = join(import.meta.dirname, '..');

/** The clients of process-events, made as it makes them. */
const bareClients = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, BatchGetCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
export const clients = [DynamoDBDocumentClient.from(new DynamoDBClient({})), new KinesisClient({ requestHandler: new NodeHttpHandler() }), new SFNClient({}), new S3Client({}), new EventBridgeClient({})];
export const commands = [BatchGetCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand, paginateScan, PutRecordsCommand, StartExecutionCommand, StopExecutionCommand, PutObjectCommand, PutEventsCommand];
`;

/** Size and load time of process-events beyond the bare SDK clients, bundled as for deployment. */
export async function benchBundle(runs = 15): Promise<BundleResult> {
  const folder = mkdtempSync(join(tmpdir(), 'segue-bundle-'));
  try {
    const bundled = async (name: string, entry: object): Promise<string> => {
      const outfile = join(folder, `${name}.mjs`);
      await build({ ...bundleSettings({ config, emails: {} }), ...entry, outfile });
      return outfile;
    };
    const ours = await bundled('process-events', { entryPoints: ['lambdas/process-events/index.ts'] });
    const bare = await bundled('bare', { stdin: { contents: bareClients, resolveDir: root, loader: 'ts' } });
    const script = join(folder, 'time.mjs');
    writeFileSync(script, 'const start = performance.now(); await import(process.argv[2]); console.log(performance.now() - start);');
    const env = { ...process.env, AWS_REGION: 'eu-west-1', PROFILES_TABLE: 'p', CONTROL_TABLE: 'c', STREAM_NAME: 's', DEAD_LETTER_BUCKET: 'd', STATE_MACHINE_ARN_PREFIX: 'arn' };
    const importMs = (file: string) => Number(spawnSync(process.execPath, [script, file], { env, encoding: 'utf8' }).stdout);
    // Measured alternately, so that other load on the machine affects both.
    const times = Array.from({ length: runs }, () => [importMs(ours), importMs(bare)] as const);
    const best = (index: 0 | 1) => Math.min(...times.map((pair) => pair[index]));
    return { bytes: statSync(ours).size, bareClientBytes: statSync(bare).size, importMs: best(0), bareClientImportMs: best(1) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) console.log(JSON.stringify(await benchBundle()));
