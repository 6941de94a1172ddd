import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createControlStore } from '../lambdas/adapters/control-store.ts';
import { documentClient } from '../lambdas/adapters/clients.ts';
import type { Stage } from '../lambdas/schemas/stages.ts';
import stages from '../stages.ts';
import { askText } from './ask.ts';
import { runCdk } from './deploy/cdk.ts';
import { help, parseOptions, type Options } from './destroy/options.ts';
import { destroy } from './destroy/run.ts';
import { releaseStage } from './keys/limits.ts';
import { controlTableOf } from './keys/write-keys.ts';
import { bucketNames, tableNames } from './replay/target.ts';
import { config } from './shop/own.ts';
import { UsageError } from './simulate/errors.ts';
import { Progress } from './simulate/progress.ts';
import { machinesOfStage } from './workflows/machines.ts';

try {
  const options = parseOptions(process.argv.slice(2), stages);
  if (options === 'help') console.log(help);
  else process.exitCode = await main(options, stages[options.stageName]!);
} catch (error) {
  console.error(`destroy: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main(options: Options, stage: Stage): Promise<number> {
  // The clients of other tools read the region of the environment.
  if (stage.region) process.env.AWS_REGION = stage.region;
  const { stageName } = options;
  const documents = documentClient();
  const progress = new Progress(process.stderr, Date.now);
  return destroy(options, stage, {
    cdk: runCdk,
    accountId: async () => (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Account ?? '',
    machines: machinesOfStage(stageName),
    stopCampaigns: async () => {
      const control = createControlStore(documents, await controlTableOf(documents, stageName));
      for (const name of Object.keys(config.campaigns)) await control.setCampaignState(name, 'stopped', Date.now());
    },
    releaseLimits: async () => void (await releaseStage(new APIGatewayClient({}), stageName)),
    kept: async () => [
      ...(await tableNames(documents)).filter((name) => name.startsWith(`Segue-${stageName}-`)).map((name) => `table ${name}`),
      ...(await bucketNames(new S3Client({}))).filter((name) => name.startsWith(`segue-${stageName}-`)).map((name) => `bucket ${name}`),
    ],
    ...(process.stdin.isTTY && { ask: askText }),
    print: (line) => {
      progress.done();
      console.log(line);
    },
    progress: (ended, running) => progress.show('destroy', ended / Math.max(ended, running), `${ended} of ${Math.max(ended, running)} workflows ended`),
  });
}
