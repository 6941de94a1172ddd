import { QueryCommand, paginateQuery, paginateScan, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { anonymousKey, knownKey } from '../../lambdas/domain/events/event.ts';
import { normalAddress } from './marks.ts';

export interface Found {
  keys: string[];
  addresses: string[];
}

/**
 * Finds the profiles that are one person's: those with the id or the address, what became part of them, and what they became part of. The
 * whole table is read, since an address is no key.
 */
export async function findPerson(
  documents: DynamoDBDocumentClient,
  table: string,
  subject: string,
  onProgress: (items: number) => void,
): Promise<Found> {
  const wanted = normalAddress(subject);
  const direct = new Set<string>();
  const owners = new Map<string, string>();
  const absorbed = new Map<string, string[]>();
  const addresses = new Map<string, string>();
  let count = 0;
  const scan = {
    TableName: table,
    FilterExpression: '#part = :profile OR #part = :content',
    ProjectionExpression: 'userKey, #part, #into, abs, traits.email',
    ExpressionAttributeNames: { '#part': 'part', '#into': 'into' },
    ExpressionAttributeValues: { ':profile': 'profile', ':content': 'content' },
  };
  for await (const { Items = [], ScannedCount = 0 } of paginateScan({ client: documents }, scan)) {
    onProgress((count += ScannedCount));
    for (const item of Items as { userKey: string; into?: string; abs?: string[]; traits?: { email?: { value?: unknown } } }[]) {
      const { userKey, into, abs, traits } = item;
      if (into !== undefined) owners.set(userKey, into);
      if (abs !== undefined) absorbed.set(userKey, abs);
      const address = traits?.email?.value;
      if (typeof address === 'string') addresses.set(userKey, normalAddress(address));
      if (userKey === knownKey(subject) || userKey === anonymousKey(subject) || addresses.get(userKey) === wanted) direct.add(userKey);
    }
  }
  const keys = connected(direct, owners, absorbed);
  // Nothing is stored under the id any more, or nothing yet: the archive may know it all the same.
  if (keys.length === 0 && !subject.includes('@')) keys.push(knownKey(subject), anonymousKey(subject));
  const known = keys.flatMap((key) => addresses.get(key) ?? []);
  return { keys, addresses: [...new Set([...known, ...(subject.includes('@') ? [wanted] : [])])] };
}

/** A device that a profile refused is in its list too; it counts only when it points there, or has no profile of its own. */
function connected(direct: ReadonlySet<string>, owners: ReadonlyMap<string, string>, absorbed: ReadonlyMap<string, string[]>): string[] {
  const keys = new Set<string>();
  const add = (key: string) => {
    if (keys.has(key)) return;
    keys.add(key);
    const owner = owners.get(key);
    if (owner !== undefined) add(owner);
    for (const [one, into] of owners) if (into === key) add(one);
    for (const one of absorbed.get(key) ?? []) if (owners.get(one) === key) add(one);
  };
  direct.forEach(add);
  return [...keys];
}

/** All items of a person's profiles. */
export async function itemsOf(documents: DynamoDBDocumentClient, table: string, keys: readonly string[]): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for (const key of keys) {
    const query: ConstructorParameters<typeof QueryCommand>[0] = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'userKey = :key',
      ExpressionAttributeValues: { ':key': key },
    };
    for await (const { Items = [] } of paginateQuery({ client: documents }, query)) items.push(...Items);
  }
  return items;
}

/** Items of a table that `isWanted`, read page by page. */
export async function scanFor(
  documents: DynamoDBDocumentClient,
  table: string,
  isWanted: (item: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName: table })) found.push(...Items.filter(isWanted));
  return found;
}
