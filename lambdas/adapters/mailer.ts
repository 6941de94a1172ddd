import { SendEmailCommand, type SESv2Client } from '@aws-sdk/client-sesv2';
import { SendRejected, SendThrottled } from '../domain/errors.ts';

export interface Mail {
  to: string;
  from: { name: string; address: string };
  replyTo?: string | undefined;
  subject: string;
  html: string;
  text: string;
  headers: Record<string, string>;
  /** Come back with every event about the message; ids only. */
  tags: Record<string, string>;
}

export interface Mailer {
  /**
   * @returns the provider's message id
   * @throws SendThrottled or SendRejected when it certainly was not sent; any other error leaves that open
   */
  send(mail: Mail): Promise<{ messageId: string }>;
}

const tryLater = new Set(['TooManyRequestsException', 'LimitExceededException', 'ThrottlingException', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);
const refused = new Set([
  'MessageRejected',
  'MailFromDomainNotVerifiedException',
  'AccountSuspendedException',
  'SendingPausedException',
  'BadRequestException',
  'NotFoundException',
  'AccessDeniedException',
]);

/** The client must not retry by itself: a timeout followed by a second attempt could send twice. */
export function createMailer(client: SESv2Client, configurationSet: string): Mailer {
  return {
    async send(mail) {
      try {
        const answer = await client.send(
          new SendEmailCommand({
            FromEmailAddress: `${quoted(mail.from.name)} <${mail.from.address}>`,
            ...(mail.replyTo && { ReplyToAddresses: [mail.replyTo] }),
            Destination: { ToAddresses: [mail.to] },
            ConfigurationSetName: configurationSet,
            EmailTags: Object.entries(mail.tags).map(([Name, Value]) => ({ Name, Value })),
            Content: {
              Simple: {
                Subject: { Data: mail.subject, Charset: 'UTF-8' },
                Body: { Html: { Data: mail.html, Charset: 'UTF-8' }, Text: { Data: mail.text, Charset: 'UTF-8' } },
                Headers: Object.entries(mail.headers).map(([Name, Value]) => ({ Name, Value })),
              },
            },
          }),
        );
        if (answer.MessageId === undefined) throw new Error('the provider named no message id');
        return { messageId: answer.MessageId };
      } catch (error) {
        throw classified(error);
      }
    },
  };
}

function classified(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (tryLater.has(code) || tryLater.has(error.name)) return new SendThrottled(error.name, { cause: error });
  if (refused.has(error.name)) return new SendRejected(`${error.name}: ${error.message}`, { cause: error });
  return error;
}

/** RFC 5322 display name; other than ASCII letters as an RFC 2047 encoded word. */
function quoted(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : `=?UTF-8?B?${Buffer.from(name).toString('base64')}?=`;
}
