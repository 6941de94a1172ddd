import { ConditionalCheckFailedException, DynamoDBServiceException, type AttributeValue } from '@aws-sdk/client-dynamodb';

/** A request that DynamoDB refuses whatever the table holds. */
export const invalid = (message: string): DynamoDBServiceException => new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message, $metadata: { httpStatusCode: 400 } });

/** A partition has more to do than it may. */
export const partitionBusy = (): DynamoDBServiceException =>
  new DynamoDBServiceException({ name: 'ProvisionedThroughputExceededException', $fault: 'client', message: 'The level of configured provisioned throughput for one or more partitions was exceeded', $metadata: { httpStatusCode: 400 } });

export const conditionFailed = (item?: Record<string, AttributeValue>): ConditionalCheckFailedException =>
  new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: { httpStatusCode: 400 }, ...(item && { Item: item }) });
