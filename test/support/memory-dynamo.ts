import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Dynamo } from '../../prove/aws/dynamo/dynamo.ts';
import { shapes } from '../../prove/world/tables.ts';

/**
 * The DynamoDB of `npm run prove` behind a document client, for tests of what happens between two calls.
 * @param before is told of each command before it is carried out, and may carry out others first
 */
export function memoryDocuments(before: (command: object) => Promise<void> | void = () => undefined): DynamoDBDocumentClient {
  const dynamo = new Dynamo(shapes, () => 0);
  const send = async (command: object) => {
    await before(command);
    return dynamo.handle(command);
  };
  return Object.assign(Object.create(DynamoDBDocumentClient.prototype) as DynamoDBDocumentClient, { send });
}
