import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Tombstones } from '../../lambdas/adapters/profiles/tombstones.ts';
import { anonymousKey, knownKey } from '../../lambdas/domain/events/event.ts';
import { expiryS } from '../../lambdas/domain/time.ts';
import { normalAddress, type Marks } from './marks.ts';

/** Longer than events usually stay in the stream, from which they could come into the archive late. */
const keptDays = 3;
/** Of an item of DynamoDB, with room for base64 and the rest of it. */
const mostBytes = 250_000;

const algorithm = 'aes-256-gcm';
const part = 'marks';

/**
 * By what an erased person was recognised, for some days: when the operator erases them once more, by an id or their address, what has come in
 * late under their other ids and devices goes, too. Each id and address has a copy, under its salted hash and encrypted with a key that is made of the id
 * itself, so whoever does not know one of them can read nothing.
 */
export function keptMarks(documents: DynamoDBDocumentClient, table: string, tombstones: Pick<Tombstones, 'hashOf'>) {
  const keyOf = async (mark: string) => ({ userKey: `erased#${await tombstones.hashOf(mark)}`, part });
  const secretOf = async (mark: string) => Buffer.from(await tombstones.hashOf(`marks of ${mark}`), 'hex');

  async function find(mark: string): Promise<Marks | undefined> {
    const { Item } = await documents.send(new GetCommand({ TableName: table, Key: await keyOf(mark), ConsistentRead: true }));
    if (typeof Item?.sealed !== 'string') return undefined;
    const [iv, tag, text] = Item.sealed.split('.').map((one) => Buffer.from(one, 'base64url')) as [Buffer, Buffer, Buffer];
    const opened = createDecipheriv(algorithm, await secretOf(mark), iv).setAuthTag(tag);
    return JSON.parse(Buffer.concat([opened.update(text), opened.final()]).toString()) as Marks;
  }

  return {
    /** @returns the marks of whoever was erased lately and had this id or address */
    async of(subject: string): Promise<Marks[]> {
      const found = await Promise.all([knownKey(subject), anonymousKey(subject), normalAddress(subject)].map(find));
      return found.filter((marks) => marks !== undefined);
    },
    async keep(marks: Marks, nowMs: number): Promise<void> {
      const whole = JSON.stringify(marks);
      const text = whole.length <= mostBytes ? whole : JSON.stringify({ ...marks, sendIds: [], executionNames: [] });
      const expiresAtS = expiryS(nowMs, keptDays);
      for (const mark of [...marks.keys, ...marks.addresses]) {
        const iv = randomBytes(12);
        const cipher = createCipheriv(algorithm, await secretOf(mark), iv);
        const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
        await documents.send(new PutCommand({ TableName: table, Item: { ...(await keyOf(mark)), sealed: [iv, cipher.getAuthTag(), sealed].map((one) => one.toString('base64url')).join('.'), expiresAtS } }));
      }
    },
  };
}
