import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createSendStore } from '../../../lambdas/adapters/mail/send-store.ts';

const record = { sendId: 's1', userKey: 'u#ana', campaign: 'c', step: 'offer', executionName: 'e', claimedAtMs: 1 };

/** One item, and answers that are lost after the call was carried out. */
function table(lost: ('put' | 'get')[] = [], again = false) {
  let item: Record<string, unknown> | undefined;
  const put = ({ Item }: { Item?: Record<string, unknown> | undefined }) => {
    if (item !== undefined) throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
    item = { ...Item };
  };
  const lose = (what: 'put' | 'get') => {
    if (lost[0] !== what) return;
    lost.shift();
    throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
  };
  const client = {
    async send(command: object) {
      if (command instanceof GetCommand) return lose('get'), { Item: item };
      if (command instanceof DeleteCommand) return (item = undefined), {};
      if (!(command instanceof PutCommand)) throw new Error('unexpected');
      put(command.input);
      // As the SDK does: the call that got no answer is made once more.
      if (again) put(command.input);
      lose('put');
      return {};
    },
  } as unknown as DynamoDBDocumentClient;
  return createSendStore(client, 'sends');
}

describe('a claim', () => {
  test('is one\'s own when the SDK repeated the call, and its first answer was lost', async () => {
    expect(await table([], true).claim({ ...record, attempt: 'a' })).toBe(true);
  });

  test('is one\'s own when no answer came at all', async () => {
    expect(await table(['put']).claim({ ...record, attempt: 'a' })).toBe(true);
  });

  test('is somebody else\'s by another attempt, and by one that has no name', async () => {
    const sends = table();
    expect(await sends.claim({ ...record, attempt: 'a' })).toBe(true);
    expect(await sends.claim({ ...record, attempt: 'b' })).toBe(false);
    expect(await sends.claim(record)).toBe(false);
  });

  test('stays open when it cannot be asked about either', async () => {
    await expect(table(['put', 'get']).claim({ ...record, attempt: 'a' })).rejects.toThrow('socket hang up');
  });
});
