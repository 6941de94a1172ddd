import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Keeps what came into the stream, so that profiles can be rebuilt. */
export interface Archive {
  write(object: { key: string; lines: string }): Promise<void>;
}

const pack = promisify(gzip);

export function createArchive(client: S3Client, bucket: string): Archive {
  return {
    async write({ key, lines }) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await pack(lines), ContentType: 'application/gzip' }));
    },
  };
}
