import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { marshallOptions } from '../../lambdas/adapters/clients.ts';

type Table = Pick<CreateTableCommandInput, 'AttributeDefinitions' | 'KeySchema' | 'GlobalSecondaryIndexes'>;

const text = (name: string) => ({ AttributeName: name, AttributeType: 'S' as const });
const key = (hash: string, range?: string): NonNullable<Table['KeySchema']> => [
  { AttributeName: hash, KeyType: 'HASH' },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' as const }]),
];

export const tables: Record<'profiles' | 'control' | 'sends', Table> = {
  profiles: {
    AttributeDefinitions: [text('userKey'), text('part'), text('dueShard'), { AttributeName: 'dueAtMs', AttributeType: 'N' }],
    KeySchema: key('userKey', 'part'),
    GlobalSecondaryIndexes: [{ IndexName: 'due', KeySchema: key('dueShard', 'dueAtMs'), Projection: { ProjectionType: 'KEYS_ONLY' } }],
  },
  control: { AttributeDefinitions: [text('kind'), text('id')], KeySchema: key('kind', 'id') },
  sends: { AttributeDefinitions: [text('sendId')], KeySchema: key('sendId') },
};

/** DynamoDB in memory, behind its wire protocol, with Segue's tables. */
export async function startDynamo(): Promise<{ documents: DynamoDBDocumentClient; stop: () => Promise<void> }> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  for (const [TableName, table] of Object.entries(tables)) {
    await client.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...table }));
  }
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions });
  return {
    documents,
    stop: async () => {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
