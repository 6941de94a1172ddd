import type { Logger } from '../adapters/logger.ts';
import type { Mail, Mailer } from '../adapters/mail/mailer.ts';
import type { Notices } from '../adapters/notices.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import { NotSent } from '../domain/errors.ts';
import { linkDays, signReportLink } from '../domain/links/report-link.ts';
import type { Config } from '../schemas/config.ts';

export interface TellDeps {
  config: Pick<Config, 'sender' | 'report'>;
  signingKeys: Pick<SigningKeys, 'signingKey'>;
  notices: Notices;
  mailer: Mailer;
  logger: Logger;
  publicUrl: string;
  now: () => number;
}

/**
 * Mails the link to everybody who has not received it yet. A failure for one reader does not affect the others.
 * @throws the first error, after all have been tried; a repetition tries those who got nothing
 */
export async function notifyReaders({ config, signingKeys, notices, mailer, logger, publicUrl, now }: TellDeps, month: string): Promise<number> {
  const { readers } = config.report;
  if (readers.length === 0) return 0;
  const link = `${publicUrl}/r/${signReportLink(month, now(), await signingKeys.signingKey())}`;
  let notified = 0;
  const errors: unknown[] = [];
  for (const reader of readers) {
    if (!(await notices.claim(month, reader, now()))) continue;
    try {
      await mailer.send(notice(config.sender, reader, month, link));
      notified += 1;
    } catch (error) {
      // Like emails to customers: what may have gone out is not sent again.
      if (error instanceof NotSent) await notices.release(month, reader);
      else logger.warn('notice unconfirmed', { month, error: error instanceof Error ? error.name : 'unknown' });
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return notified;
}

function notice(sender: Config['sender'], to: string, month: string, link: string): Mail {
  const title = new Date(`${month}-01T00:00:00Z`).toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const about = `The report on segments, emails and experiments of ${title} is ready.`;
  const care = `The link works for ${linkDays} days, for whoever has it: forward it only to people who may read the report.`;
  return {
    to,
    from: sender,
    replyTo: sender.replyTo,
    subject: `${sender.name}: report of ${title}`,
    // SES would replace the link by one that it tracks.
    html: `<!doctype html><html lang="en"><body><p>${about}</p><p><a ses:no-track href="${link}">Open the report</a></p><p>${care}</p></body></html>`,
    text: `${about}\n\n${link}\n\n${care}\n`,
    headers: {},
    tags: { report: month },
  };
}
