import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../lambdas/adapters/clients.ts';
import { localTarget } from '../replay/target.ts';
import { controlTableOf } from '../keys/write-keys.ts';
import type { Where } from './options.ts';

/** The table that says which campaigns run, and the time that it is there; a local one may be in another. */
export interface ControlTable {
  documents: DynamoDBDocumentClient;
  table: string;
  nowMs: number;
  close(): void;
}

/** @throws Error naming what was looked for, unless there is exactly one */
export async function findControlTable(where: Where): Promise<ControlTable> {
  if ('dataDir' in where) {
    const { documents, kinesis, s3, controlTable, nowMs } = await localTarget(where.dataDir);
    return { documents, table: controlTable, nowMs, close: () => [documents, kinesis, s3].forEach((client) => client.destroy()) };
  }
  const documents = documentClient();
  const table = 'table' in where ? where.table : await controlTableOf(documents, where.stage);
  return { documents, table, nowMs: Date.now(), close: () => documents.destroy() };
}
