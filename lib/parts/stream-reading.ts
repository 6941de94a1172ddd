import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { allow } from './stage-function.ts';

/** What an event source mapping does with the stream, in the name of its function. */
export const streamReading = ({ streamArn }: IStream): PolicyStatement =>
  allow(['kinesis:DescribeStreamSummary', 'kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'], [streamArn]);
