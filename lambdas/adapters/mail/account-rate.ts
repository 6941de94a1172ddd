import { GetAccountCommand, type SESv2Client } from '@aws-sdk/client-sesv2';
import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ifConditionHolds } from '../conditions.ts';
import type { Logger } from '../logger.ts';

interface Deps {
  ses: SESv2Client;
  client: DynamoDBDocumentClient;
  table: string;
  logger: Pick<Logger, 'warn'>;
  now: () => number;
}

const freshForMs = 300_000;
/** So long one function has for asking, before another one does. */
const leaseMs = 10_000;
/** The rate of new accounts; also used until SES has answered for the first time. */
const leastPerSecond = 1;
const Key = { kind: 'send-rate', id: 'account' };

/**
 * Emails a second that the account may send. SES answers few such questions a second, so one function asks for all of them, every five minutes, and
 * notes the answer where the others read it. While it asks, they go on with the answer of before.
 */
export function createAccountRate({ ses, client, table, logger, now }: Deps): () => Promise<number> {
  let known: { perSecond: number; readAtMs: number } | undefined;
  const isFresh = (rate: typeof known): rate is NonNullable<typeof known> => rate !== undefined && now() - rate.readAtMs < freshForMs;
  const update = (expression: string, values: Record<string, number>, condition?: string) =>
    ifConditionHolds(client.send(new UpdateCommand({ TableName: table, Key, UpdateExpression: expression, ExpressionAttributeValues: values, ...(condition && { ConditionExpression: condition }) })));
  return async () => {
    if (isFresh(known)) return known.perSecond;
    const { Item } = await client.send(new GetCommand({ TableName: table, Key }));
    if (Item?.perSecond !== undefined) known = { perSecond: Number(Item.perSecond), readAtMs: Number(Item.readAtMs) };
    if (isFresh(known)) return known.perSecond;
    const askedAtMs = now();
    const mayAsk = await update('SET askedAtMs = :now', { ':now': askedAtMs, ':over': askedAtMs - leaseMs }, 'attribute_not_exists(askedAtMs) OR askedAtMs < :over');
    if (mayAsk) {
      try {
        const { SendQuota } = await ses.send(new GetAccountCommand({}));
        known = { perSecond: SendQuota?.MaxSendRate || leastPerSecond, readAtMs: now() };
        await update('SET perSecond = :rate, readAtMs = :at', { ':rate': known.perSecond, ':at': known.readAtMs });
      } catch (error) {
        logger.warn('send rate of the account is not known', { error: error instanceof Error ? error.name : 'unknown', perSecond: known?.perSecond ?? leastPerSecond });
      }
    }
    return known?.perSecond ?? leastPerSecond;
  };
}
