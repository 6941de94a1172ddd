import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Stands for a very large table: it answers every Scan with items from a short list, repeated. */
export interface CannedTable {
  documents: DynamoDBDocumentClient;
  stop(): Promise<void>;
}

interface ScanRequest {
  TotalSegments: number;
  ProjectionExpression: string;
  ExclusiveStartKey?: { userKey: { S: string } };
}

/** About as many profiles of one KB as DynamoDB reads for one page of one MB. */
const itemsPerPage = 1000;

/**
 * @param itemCount how many items the table pretends to have
 * @param items in DynamoDB's own notation
 */
export async function startCannedTable(itemCount: number, items: readonly Record<string, object>[]): Promise<CannedTable> {
  const known = new Map<string, string[]>();
  const projected = (expression: string): string[] => {
    const names = expression.split(', ').map((name) => name.slice(1));
    const list = known.get(expression) ?? items.map((item) => JSON.stringify(Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])))));
    known.set(expression, list);
    return list;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { TotalSegments, ProjectionExpression, ExclusiveStartKey } = JSON.parse(Buffer.concat(chunks).toString()) as ScanRequest;
      const list = projected(ProjectionExpression);
      const from = Number(ExclusiveStartKey?.userKey.S ?? 0);
      const until = Math.min(from + itemsPerPage, Math.ceil(itemCount / TotalSegments));
      const found = Array.from({ length: until - from }, (_, index) => list[(from + index) % list.length]);
      const next = until < itemCount / TotalSegments ? `,"LastEvaluatedKey":{"userKey":{"S":"${until}"},"part":{"S":"profile"}}` : '';
      response.setHeader('content-type', 'application/x-amz-json-1.0').end(`{"Items":[${found.join(',')}]${next}}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    documents: DynamoDBDocumentClient.from(client),
    stop: async () => {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An item of plain values in DynamoDB's notation. */
export function inNotation(value: unknown): object {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { L: value.map(inNotation) };
  if (value === null) return { NULL: true };
  return { M: fieldsOf(value as object) };
}

export const fieldsOf = (item: object): Record<string, object> =>
  Object.fromEntries(Object.entries(item).flatMap(([name, value]) => (value === undefined ? [] : [[name, inNotation(value)]])));
