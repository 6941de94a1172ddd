import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

export interface ReportStore {
  /** Writes the report of a month, over an earlier one of the same month. */
  save(month: string, report: { html: string; json: string }): Promise<void>;
  /** The page of a month, if it was made. */
  html(month: string): Promise<string | undefined>;
}

const keyOf = (month: string, type: 'html' | 'json'): string => `reports/${month}.${type}`;

export function createReportStore(client: S3Client, bucket: string): ReportStore {
  const put = (Key: string, Body: string, ContentType: string) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType }));
  return {
    async save(month, { html, json }) {
      // The page last: who is told of it can read both.
      await put(keyOf(month, 'json'), json, 'application/json');
      await put(keyOf(month, 'html'), html, 'text/html; charset=utf-8');
    },
    async html(month) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(month, 'html') }));
        return await Body?.transformToString();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}
