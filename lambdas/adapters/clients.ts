import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * How JavaScript values are converted for DynamoDB. By default the client recognises a plain object by its `constructor` property, so it
 * would refuse a map with a product or topic of that name; the second option prevents it.
 */
export const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true };

/** A call that gets no answer must not use up the time of the whole invocation: the client gives up, and tries again by itself. */
const patience = { connectionTimeout: 3000, requestTimeout: 5000, throwOnRequestTimeout: true };

export const documentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: patience }), { marshallOptions });

/** Uses HTTP/1.1, which every emulator supports; a function writes too few records at once for HTTP/2 to matter. */
export const kinesisClient = (): KinesisClient => new KinesisClient({ requestHandler: new NodeHttpHandler(patience) });
