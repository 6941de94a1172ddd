import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { lettersIn } from './dead-letters.ts';

/** Dead letters of a month: unreadable records, and failed batches of up to a batch of records each. */
export interface DeadLetterCount {
  unreadable: number;
  failed: number;
}

/** @param month UTC, such as 2026-10 */
export async function countDeadLetters(client: S3Client, bucket: string, month: string): Promise<DeadLetterCount> {
  const count = async (Prefix: string, isOfMonth: (key: string) => boolean = () => true) => {
    let sum = 0;
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) for (const { Key = '' } of Contents) if (isOfMonth(Key)) sum += lettersIn(Key);
    return sum;
  };
  // Lambda's keys have the day after the ids of mapping and shard: aws/lambda/<mapping>/<shard>/2026/10/05/...
  const [unreadable, failed] = await Promise.all([count(`poison/${month}-`), count('aws/lambda/', (key) => key.includes(`/${month.replace('-', '/')}/`))]);
  return { unreadable, failed };
}
