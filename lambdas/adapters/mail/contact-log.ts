import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Contacted } from '../../domain/campaigns/contact-times.ts';
import { addressHash } from '../../domain/emails/address.ts';
import { ifConditionHolds, overVersion } from '../conditions.ts';

export interface ContactLog {
  version: number;
  /** Newest last. */
  emails: Contacted[];
}

/** The emails sent to an address, so that caps hold over all workflows of all people who share it. */
export interface ContactLogStore {
  read(key: string): Promise<ContactLog>;
  /** Adds an email, replacing an earlier entry of the same send. @returns false when the log has changed since it was read */
  add(key: string, log: ContactLog, email: Contacted): Promise<boolean>;
}

/** Where the emails to an address are logged: caps are of the inbox, whoever has it. */
export const contactKey = (address: string): string => `address#${addressHash(address)}`;

/** More than any sensible cap allows in a week. */
const keptEmails = 50;

export function createContactLog(client: DynamoDBDocumentClient, table: string): ContactLogStore {
  return {
    async read(key) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: { kind: 'contact', id: key }, ConsistentRead: true }));
      return Item ? { version: Number(Item.ver), emails: Item.emails as Contacted[] } : { version: 0, emails: [] };
    },
    add(key, { version, emails }, email) {
      const Item = { kind: 'contact', id: key, ver: version + 1, emails: [...emails.filter(({ sendId }) => sendId !== email.sendId), email].slice(-keptEmails) };
      return ifConditionHolds(client.send(new PutCommand({ TableName: table, Item, ...overVersion(version) })));
    },
  };
}
