import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

/** What was put aside in a month, in objects: one record each for unreadable ones, up to a batch each for those that failed. */
export interface DeadLetterCount {
  unreadable: number;
  failed: number;
}

/** @param month UTC, such as 2026-10 */
export async function countDeadLetters(client: S3Client, bucket: string, month: string): Promise<DeadLetterCount> {
  const count = async (Prefix: string, isOfMonth: (key: string) => boolean = () => true) => {
    let sum = 0;
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) sum += Contents.filter(({ Key = '' }) => isOfMonth(Key)).length;
    return sum;
  };
  // Lambda puts the day behind the ids of mapping and shard: aws/lambda/<mapping>/<shard>/2026/10/05/...
  const [unreadable, failed] = await Promise.all([count(`poison/${month}-`), count('aws/lambda/', (key) => key.includes(`/${month.replace('-', '/')}/`))]);
  return { unreadable, failed };
}
