import { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

export interface FeedObject {
  key: string;
  etag: string;
  open(): Promise<AsyncIterable<Uint8Array>>;
}

/** Where the feed lies: an object, or a prefix that ends with `/`, of which the newest object counts. */
export interface FeedFile {
  /** @returns undefined when there is none */
  newest(): Promise<FeedObject | undefined>;
}

export function createFeedFile(client: S3Client, bucket: string, key: string): FeedFile {
  const find = async (): Promise<{ Key: string; ETag: string } | undefined> => {
    if (!key.endsWith('/')) {
      try {
        const { ETag = '' } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        return { Key: key, ETag };
      } catch (error) {
        if (error instanceof Error && error.name === 'NotFound') return undefined;
        throw error;
      }
    }
    let newest: { Key: string; ETag: string; atMs: number } | undefined;
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: key }))
      for (const { Key = '', ETag = '', LastModified, Size = 0 } of Contents) {
        const atMs = LastModified?.getTime() ?? 0;
        if (Size > 0 && (newest === undefined || atMs >= newest.atMs)) newest = { Key, ETag, atMs };
      }
    return newest;
  };
  return {
    async newest() {
      const found = await find();
      if (found === undefined) return undefined;
      const { Key, ETag } = found;
      return {
        key: Key,
        etag: ETag,
        // The same object to its end, also when it is replaced meanwhile.
        open: async () => (await client.send(new GetObjectCommand({ Bucket: bucket, Key, IfMatch: ETag }))).Body as AsyncIterable<Uint8Array>,
      };
    },
  };
}
