import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * How values become those of DynamoDB. The client tells a plain object by its `constructor`; without the second option it refuses one in which
 * a product or a topic is called that.
 */
export const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true };

export const documentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions });

/** Over HTTP/1.1, which every emulator speaks; a function puts too few records at once for HTTP/2 to matter. */
export const kinesisClient = (): KinesisClient => new KinesisClient({ requestHandler: new NodeHttpHandler() });
