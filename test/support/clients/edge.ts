import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import kinesalite from 'kinesalite';
import { createHandler as createAuthorizer } from '../../../lambdas/authorize-key/handler.ts';
import { writeKeyHash } from '../../../lambdas/domain/hash.ts';
import { envelope, type Envelope } from '../../../lambdas/schemas/event.ts';
import type { Stage } from '../../../lambdas/schemas/stages.ts';
import { Ingest } from '../../../lib/stages/ingest.ts';
import { Storage } from '../../../lib/storage.ts';
import { sharedKeyValue } from '../../../lib/api/key-limits.ts';
import { createApi } from '../../../local/api-gateway/api.ts';
import { openPlans } from '../../../local/api-gateway/plans.ts';
import { readApi } from '../../../local/api-gateway/template.ts';
import { createHttpServer, listen } from '../../../local/stack/http-server.ts';
import { createResolver, type Place } from '../../../local/step-functions/intrinsics.ts';

export const webKey = 'wk_web';
export const serverKey = 'wk_server';

/** A record of the stream, as the next stage gets it. */
export type Stored = Envelope & { partitionKey: string };

export interface Edge {
  /** As AWS shows it: with the stage, and a slash at its end. */
  endpoint: string;
  /** All records so far whose event has this id, as userId or anonymousId. */
  recordsOf(id: string): Promise<Stored[]>;
  /** All records so far. */
  records(): Promise<Stored[]>;
  /** Texts that were logged. */
  log: string[];
  close(): Promise<void>;
}

/** Stage 1 of the synthesised stack alone: the API with its authorizer in front of a stream, and no functions behind. @param keyLimits as in stages.ts */
export async function startEdge(keyLimits: Stage['keyLimits'] = {}): Promise<Edge> {
  const stack = new Stack(new App(), 'Segue-test');
  const storage = new Storage(stack, 'Storage', { stageName: 'test', shards: 1, streamRetentionHours: 24 });
  new Ingest(stack, 'Ingest', { stageName: 'test', code: () => Code.fromInline('export const handler = () => {};'), storage, shards: 1, keyLimits });
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, never> };
  const place: Place = { region: 'eu-west-1', accountId: '000000000000', apiUrl: 'http://unused' };
  const resolver = createResolver({ stackName: 'Segue-test', resources: Resources, parameters: {}, conditions: {}, mappings: {}, assetFolders: new Map() }, place);
  const kinesis = kinesalite({ createStreamMs: 0 });
  const kinesisUrl = await listen(kinesis);
  const call = kinesisCaller(kinesisUrl);
  const [streamId = ''] = resolver.idsOf('AWS::Kinesis::Stream');
  const StreamName = resolver.ref(streamId);
  await call('CreateStream', { StreamName, ShardCount: 1 });

  const keys = new Map([
    [writeKeyHash(webKey), { keyId: 'web-1', source: 'web' as const }],
    [writeKeyHash(serverKey), { keyId: 'server-1', source: 'server' as const }],
  ]);
  const authorize = createAuthorizer({ control: { writeKey: async (hash) => keys.get(hash) }, sharedKeys: { web: sharedKeyValue('test', 'web'), server: sharedKeyValue('test', 'server') } });
  const api = readApi(resolver);
  const log: string[] = [];
  const server = createHttpServer(
    createApi({ api, endpoints: { kinesis: kinesisUrl }, nowMs: Date.now, realNowMs: Date.now, plans: openPlans(resolver), place, invoke: async (_arn, event) => authorize(event as Parameters<typeof authorize>[0]) }),
    (message) => log.push(message),
  );
  const url = await listen(server);
  const records = async (): Promise<Stored[]> => {
    const { ShardIterator } = await call('GetShardIterator', { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' });
    const { Records } = (await call('GetRecords', { ShardIterator })) as { Records: { Data: string; PartitionKey: string }[] };
    return Records.map(({ Data, PartitionKey }) => ({ ...envelope.parse(JSON.parse(Buffer.from(Data, 'base64').toString('utf8'))), partitionKey: PartitionKey }));
  };
  return {
    endpoint: `${url}/${api.stageName}/`,
    log,
    records,
    recordsOf: async (id) => (await records()).filter(({ event }) => event.userId === id || event.anonymousId === id),
    close: async () => {
      for (const one of [server, kinesis]) {
        one.closeAllConnections();
        await new Promise<void>((resolve) => one.close(() => resolve()));
      }
    },
  };
}

function kinesisCaller(url: string) {
  return async (action: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': `Kinesis_20131202.${action}`,
        'X-Amz-Date': '20260101T000000Z',
        Authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=a',
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${action}: ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
}
