import { GetCommand, PutCommand, UpdateCommand, paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Properties } from '../domain/events/filters.ts';
import type { StoredProduct } from '../domain/feed/stored-product.ts';
import { isConditionFailed } from './conditions.ts';

/** The last feed that was imported in full. */
export interface LastFeed {
  /** Of the object that it was read from. */
  etag?: string;
  atMs: number;
  /** When its own sale prices change. */
  changesAtMs?: number;
}

/** The catalogue, as the import of a feed uses it. What events say of a product stands beside it in the same item, and is left alone. */
export interface FeedCatalogue {
  products(): AsyncIterable<(StoredProduct & { id: string })[]>;
  /** @returns write units that it took; 0 where a later feed has been there */
  save(id: string, feed: Properties, atMs: number): Promise<number>;
  /** Says that a product of the feed is not sold any more. */
  withdraw(id: string, atMs: number): Promise<number>;
  lastFeed(): Promise<LastFeed | undefined>;
  noteFeed(feed: LastFeed): Promise<void>;
}

const noteKey = { kind: 'product-feed', id: 'last' };

export function createFeedCatalogue(client: DynamoDBDocumentClient, table: string): FeedCatalogue {
  const update = async (id: string, expression: string, condition: string, values: Record<string, unknown>): Promise<number> => {
    try {
      const { ConsumedCapacity } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { kind: 'product', id },
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeValues: values,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      return ConsumedCapacity?.CapacityUnits ?? 1;
    } catch (error) {
      if (isConditionFailed(error)) return 0;
      throw error;
    }
  };
  return {
    async *products() {
      const query = {
        TableName: table,
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': 'product' },
      };
      for await (const { Items = [] } of paginateQuery({ client }, query)) yield Items as (StoredProduct & { id: string })[];
    },
    save: (id, feed, atMs) => update(id, 'SET feed = :feed, feedAtMs = :at', 'attribute_not_exists(feedAtMs) OR feedAtMs <= :at', { ':feed': feed, ':at': atMs }),
    withdraw: (id, atMs) => update(id, 'SET feed.available = :no, feedAtMs = :at', 'feedAtMs <= :at', { ':no': false, ':at': atMs }),
    lastFeed: async () => (await client.send(new GetCommand({ TableName: table, Key: noteKey, ConsistentRead: true }))).Item as LastFeed | undefined,
    async noteFeed(feed) {
      await client.send(new PutCommand({ TableName: table, Item: { ...noteKey, ...feed } }));
    },
  };
}
