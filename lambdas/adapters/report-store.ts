import * as z from 'zod/mini';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { reportData, type ReportData } from '../schemas/report.ts';

export interface ReportStore {
  /** Writes the report of a month, over an earlier one of the same month. */
  save(month: string, report: { html: string; json: string }): Promise<void>;
  /** The page of a month, if it was made. */
  html(month: string): Promise<string | undefined>;
  /** The data of a month; undefined when there is no report, or when a version with another format made it. */
  load(month: string): Promise<ReportData | undefined>;
}

const keyOf = (month: string, type: 'html' | 'json'): string => `reports/${month}.${type}`;

export function createReportStore(client: S3Client, bucket: string): ReportStore {
  const get = async (Key: string): Promise<string | undefined> => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };
  const put = (Key: string, Body: string, ContentType: string) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType }));
  return {
    async save(month, { html, json }) {
      // The page is written last, so that when it exists, the data do too.
      await put(keyOf(month, 'json'), json, 'application/json');
      await put(keyOf(month, 'html'), html, 'text/html; charset=utf-8');
    },
    html: (month) => get(keyOf(month, 'html')),
    async load(month) {
      const json = await get(keyOf(month, 'json'));
      return json === undefined ? undefined : readable(json);
    },
  };
}

function readable(json: string): ReportData | undefined {
  try {
    return z.safeParse(reportData, JSON.parse(json)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
