import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

/** All records that were archived before a moment. */
export interface ArchiveFiles {
  /** Records, oldest file first, with the share of the archive's bytes that has been read. @throws Error naming a file that is damaged */
  records(): AsyncIterable<{ data: string; share: number }>;
}

const prefix = 'events/';

export function createArchiveFiles(client: S3Client, bucket: string): ArchiveFiles {
  return {
    async *records() {
      const files: { key: string; bytes: number }[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        files.push(...Contents.map(({ Key = '', Size = 0 }) => ({ key: Key, bytes: Size })));
      }
      files.sort((a, b) => (a.key < b.key ? -1 : 1));
      const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
      let doneBytes = 0;
      for (const { key, bytes } of files) {
        for await (const data of linesOf(client, bucket, key)) yield { data, share: doneBytes / totalBytes };
        doneBytes += bytes;
      }
    },
  };
}

async function* linesOf(client: S3Client, bucket: string, key: string): AsyncIterable<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const unpacked = (Body as Readable).pipe(createGunzip());
  // A pipe does not hand errors on.
  (Body as Readable).once('error', (error) => unpacked.destroy(error));
  const lines = createInterface({ input: unpacked, crlfDelay: Infinity });
  // Nor does readline, which would end as if the file did.
  let failure: Error | undefined;
  unpacked.once('error', (error) => {
    failure = error;
    lines.close();
  });
  for await (const line of lines) if (line !== '') yield line;
  if (failure) throw new Error(`s3://${bucket}/${key} cannot be read: ${failure.message}`);
}
