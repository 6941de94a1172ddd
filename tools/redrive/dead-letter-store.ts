import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

/** The bucket of dead letters. */
export interface DeadLetterStore {
  /** Keys under a prefix, page by page. */
  keys(prefix: string): AsyncIterable<string[]>;
  /** @returns undefined when it is gone */
  read(key: string): Promise<string | undefined>;
  /** Moves an object to `redriven/<key>`. A crash in between leaves both, and the move can be repeated. */
  archive(key: string): Promise<void>;
}

export function openDeadLetters(client: S3Client, bucket: string): DeadLetterStore {
  return {
    async *keys(prefix) {
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        yield Contents.map(({ Key }) => Key as string);
      }
    },
    async read(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToString();
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async archive(key) {
      const source = [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
      await client.send(new CopyObjectCommand({ Bucket: bucket, Key: `redriven/${key}`, CopySource: source }));
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  };
}
