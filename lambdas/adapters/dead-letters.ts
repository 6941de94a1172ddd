import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** A record of the stream that cannot be processed, whole, and why. */
export interface DeadLetter {
  reason: string;
  sequenceNumber: string;
  partitionKey: string;
  /** The record's bytes in base64, unchanged. */
  data: string;
  storedAtMs: number;
}

export interface DeadLetters {
  store(letter: DeadLetter): Promise<void>;
}

/** One object per record, named by its sequence number, so that a redelivery overwrites it instead of adding a second one. */
export function createDeadLetters(client: S3Client, bucket: string): DeadLetters {
  return {
    async store(letter) {
      const day = new Date(letter.storedAtMs).toISOString().slice(0, 10);
      const key = `poison/${day}/${letter.sequenceNumber}.json`;
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(letter), ContentType: 'application/json' }));
    },
  };
}
