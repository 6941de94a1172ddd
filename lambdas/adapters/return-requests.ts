import { PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expiryS, minuteMs } from '../domain/time.ts';
import { ifConditionHolds } from './conditions.ts';

/** Confirmations that go to an address in a day at most, and how far they are apart at least: anybody with a forwarded link can ask for them. */
export const confirmationsPerDay = 3;
export const confirmationsApartMinutes = 10;

/** Who was sent a confirmation, by the hash of the address. */
export interface ReturnRequests {
  /** @returns false when one is too recent, or the address has had all of the day; then none may go */
  claim(address: string, nowMs: number): Promise<boolean>;
}

export function createReturnRequests(client: DynamoDBDocumentClient, table: string): ReturnRequests {
  const put = (id: string, nowMs: number) =>
    ifConditionHolds(client.send(new PutCommand({ TableName: table, Item: { kind: 'return-request', id, atMs: nowMs, expiresAtS: expiryS(nowMs, 2) }, ConditionExpression: 'attribute_not_exists(atMs)' })));
  return {
    async claim(address, nowMs) {
      // The item of these minutes comes first: of two requests at once, one gets no further.
      if (!(await put(`${address}#at#${Math.floor(nowMs / (confirmationsApartMinutes * minuteMs))}`, nowMs))) return false;
      const day = new Date(nowMs).toISOString().slice(0, 10);
      for (let count = 0; count < confirmationsPerDay; count += 1) if (await put(`${address}#${day}#${count}`, nowMs)) return true;
      return false;
    },
  };
}
