import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { accept } from '../nag.ts';
import { resourceName } from '../names.ts';

/** A queue that keeps failed invocations for 14 days, so that an operator can send them again. */
export function failureQueue(scope: Construct, stageName: string, name: string): Queue {
  const queue = new Queue(scope, 'Failures', {
    queueName: resourceName(stageName, name),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  accept(queue, 'SQS3', 'This queue is itself the dead-letter queue; an alarm watches its depth.');
  return queue;
}
