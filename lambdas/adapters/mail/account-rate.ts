import { GetAccountCommand, type SESv2Client } from '@aws-sdk/client-sesv2';
import type { Logger } from '../logger.ts';

const freshForMs = 300_000;
/** The rate of new accounts; also used while SES does not answer. */
const leastPerSecond = 1;

/** The account's send rate in emails a second. SES is asked for it every five minutes. */
export function createAccountRate(client: SESv2Client, logger: Pick<Logger, 'warn'>, now: () => number): () => Promise<number> {
  let perSecond = leastPerSecond;
  let readAtMs = -Infinity;
  return async () => {
    if (now() - readAtMs < freshForMs) return perSecond;
    readAtMs = now();
    try {
      const { SendQuota } = await client.send(new GetAccountCommand({}));
      perSecond = SendQuota?.MaxSendRate || leastPerSecond;
    } catch (error) {
      logger.warn('send rate of the account is not known', { error: error instanceof Error ? error.name : 'unknown', perSecond });
    }
    return perSecond;
  };
}
