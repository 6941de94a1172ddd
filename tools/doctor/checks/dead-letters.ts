import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { lettersIn } from '../../../lambdas/adapters/dead-letters.ts';
import { deadLetterMetrics } from '../../../lib/storage.ts';
import type { Check } from '../context.ts';
import { counted, ok, orOk, putBack, warning, wrong, type Finding } from '../finding.ts';
import { outputRef, resourcesOf } from '../template.ts';

export const deadLetters: Check = {
  name: 'dead letters',
  permissions: ['s3:ListBucket'],
  async run({ clients, template, deployed, stageName, isLocal }) {
    const bucket = await deployed.physicalId(outputRef(template, 'DeadLetterBucket'));
    const pages = await Promise.all(Object.values(deadLetterMetrics).map((Prefix) => clients.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }))));
    const count = pages.reduce((sum, { KeyCount = 0, Contents = [] }) => sum + Contents.reduce((more, { Key = '' }) => more + lettersIn(Key) - 1, KeyCount), 0);
    if (count === 0) return ok('no dead letters wait');
    const isMore = pages.some(({ IsTruncated }) => IsTruncated);
    return warning(`${isMore ? 'more than ' : ''}${counted(count, 'dead letter')} wait in ${bucket}`, `npm run redrive -- ${isLocal ? '--local' : `--stage ${stageName}`} --dry-run says why`);
  },
};

interface QueueProperties {
  QueueName: string;
}

export const failureQueues: Check = {
  name: 'failure queues',
  permissions: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
  async run({ clients, template, stageName }) {
    const wanted = resourcesOf<QueueProperties>(template, 'AWS::SQS::Queue');
    const faults = await Promise.all(
      wanted.map(async ([, { QueueName }]): Promise<Finding[]> => {
        try {
          const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName }));
          const { Attributes = {} } = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }));
          const count = Number(Attributes.ApproximateNumberOfMessages ?? 0);
          return count === 0 ? [] : [warning(`${counted(count, 'failed invocation')} wait in ${QueueName}`, `docs/runbook.md#${QueueName.slice(`segue-${stageName}-`.length)}`)];
        } catch (error) {
          if (error instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(error.name)) return [wrong(`the queue ${QueueName} is gone`, putBack(stageName))];
          throw error;
        }
      }),
    );
    return orOk(faults.flat(), `nothing waits in ${counted(wanted.length, 'queue')} of failed invocations`);
  },
};
