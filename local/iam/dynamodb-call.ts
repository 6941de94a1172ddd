import type { Grant } from './grants.ts';

/** What a request of DynamoDB's API asks for, as IAM sees it: one entry for each table or index. */
export interface TableCall {
  action: string;
  tableName: string;
  indexName?: string;
  /** Values of `dynamodb:LeadingKeys`; undefined for a call that names no partition key, such as a scan. */
  leadingKeys?: string[];
}

type Value = Record<string, string>;
type Item = Record<string, Value>;

interface Request {
  TableName?: string;
  IndexName?: string;
  Key?: Item;
  Item?: Item;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
  RequestItems?: Record<string, { Keys?: Item[] } | { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]>;
}

/** @param partitionKeyOf name of the partition key of a table or of its index */
export function callsIn(action: string, request: Request, partitionKeyOf: (tableName: string, indexName?: string) => string | undefined): TableCall[] {
  const { TableName = '', IndexName, Key, Item, RequestItems } = request;
  if (RequestItems) {
    return Object.entries(RequestItems).map(([tableName, asked]) => {
      const items = Array.isArray(asked) ? asked.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key ?? {}) : (asked.Keys ?? []);
      return { action, tableName, leadingKeys: items.map((item) => textOf(item[partitionKeyOf(tableName) ?? ''])) };
    });
  }
  const name = partitionKeyOf(TableName, IndexName);
  const named = Key ?? Item;
  const leadingKeys = action === 'Query' ? queried(request, name ?? '') : named && [textOf(named[name ?? ''])];
  return [{ action, tableName: TableName, ...(IndexName !== undefined && { indexName: IndexName }), ...(leadingKeys && { leadingKeys }) }];
}

function queried({ KeyConditionExpression = '', ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: Request, partitionKey: string): string[] {
  return [...KeyConditionExpression.matchAll(/(#?[\w.]+)\s*=\s*(:\w+)/g)]
    .filter(([, attribute = '']) => (ExpressionAttributeNames[attribute] ?? attribute) === partitionKey)
    .map(([, , value = '']) => textOf(ExpressionAttributeValues[value]));
}

const textOf = (value: Value | undefined): string => Object.values(value ?? {})[0] ?? '';

/** Does a grant allow the call? https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
export function isAllowed(grants: readonly Grant[], { action, tableName, indexName, leadingKeys }: TableCall): boolean {
  const resource = `:table/${tableName}${indexName === undefined ? '' : `/index/${indexName}`}`;
  return grants.some(
    (grant) =>
      grant.actions.includes(`dynamodb:${action}`) &&
      grant.resources.some((one) => one.endsWith(resource)) &&
      !(grant.needsLeadingKey && leadingKeys === undefined) &&
      (grant.leadingKeys === undefined || (leadingKeys ?? []).every((key) => grant.leadingKeys!.some((pattern) => isLike(key, pattern)))),
  );
}

/** StringLike: `*` stands for any text and `?` for one character. */
function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
