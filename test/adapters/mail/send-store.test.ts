import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createSendStore, type SendRecord } from '../../../lambdas/adapters/mail/send-store.ts';
import { memoryDocuments } from '../../support/memory-dynamo.ts';

const record: SendRecord = { sendId: 's1', userKey: 'u#ana', campaign: 'welcome', step: 'hello', executionName: 'w1', claimedAtMs: 10 };

describe('a send', () => {
  test('[P6] is deleted so many days after its claim', async () => {
    const documents = memoryDocuments();
    await createSendStore(documents, 'sends', 30).claim({ ...record, claimedAtMs: 1_000_000_500 });
    const { Items } = await documents.send(new ScanCommand({ TableName: 'sends' }));
    expect(Items).toMatchObject([{ sendId: 's1', expiresAtS: 1_000_000 + 30 * 86_400 }]);
  });

  test('is not given back once SES has told that it went', async () => {
    const sends = createSendStore(memoryDocuments(), 'sends');
    await sends.claim(record);
    // The answer was an error, and yet the email went.
    await sends.revise('s1', (known) => ({ ...known, sentAtMs: 20, messageId: 'm1' }));
    await sends.release('s1').catch(() => undefined);
    expect(await sends.get('s1')).toMatchObject({ sentAtMs: 20, messageId: 'm1' });
  });

  test('is given back while nobody knows it to have gone', async () => {
    const sends = createSendStore(memoryDocuments(), 'sends');
    await sends.claim(record);
    await sends.release('s1');
    expect(await sends.get('s1')).toBeUndefined();
  });

  test('is not made by its confirmation', async () => {
    const sends = createSendStore(memoryDocuments(), 'sends');
    await sends.confirm('s1', 'm1', 20);
    expect(await sends.get('s1')).toBeUndefined();
  });

  test('keeps the time that SES told, which is the same in all that SES tells later', async () => {
    const sends = createSendStore(memoryDocuments(), 'sends');
    await sends.claim(record);
    await sends.revise('s1', (known) => ({ ...known, sentAtMs: 20, messageId: 'm1' }));
    await sends.confirm('s1', 'm1', 25);
    expect(await sends.get('s1')).toMatchObject({ sentAtMs: 20, messageId: 'm1' });
  });
});
