import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Contacted } from '../../domain/campaigns/contact-times.ts';
import { ifConditionHolds, overVersion } from '../conditions.ts';

export interface ContactLog {
  version: number;
  /** Newest last. */
  emails: Contacted[];
}

/** Which emails a person gets, so that caps hold over all of their workflows. */
export interface ContactLogStore {
  read(userKey: string): Promise<ContactLog>;
  /** Adds an email. @returns false when another one was added since the log was read */
  add(userKey: string, log: ContactLog, email: Contacted): Promise<boolean>;
}

/** As many as a week can hold under any sensible cap. */
const keptEmails = 50;

export function createContactLog(client: DynamoDBDocumentClient, table: string): ContactLogStore {
  return {
    async read(userKey) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: { kind: 'contact', id: userKey }, ConsistentRead: true }));
      return Item ? { version: Number(Item.ver), emails: Item.emails as Contacted[] } : { version: 0, emails: [] };
    },
    add(userKey, { version, emails }, email) {
      const Item = { kind: 'contact', id: userKey, ver: version + 1, emails: [...emails, email].slice(-keptEmails) };
      return ifConditionHolds(client.send(new PutCommand({ TableName: table, Item, ...overVersion(version) })));
    },
  };
}
