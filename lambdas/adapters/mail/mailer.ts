import { SendEmailCommand, type SESv2Client } from '@aws-sdk/client-sesv2';
import { NotSent, SenderNotVerified, SendingPaused, SendQuotaReached, SendRejected, SendThrottled } from '../../domain/errors.ts';

export interface Mail {
  to: string;
  from: { name: string; address: string };
  replyTo?: string | undefined;
  subject: string;
  html: string;
  text: string;
  headers: Record<string, string>;
  /** SES repeats these with every event about the message; ids only. */
  tags: Record<string, string>;
}

export interface Mailer {
  /**
   * @returns the provider's message id
   * @throws NotSent, or a subclass, when the email was certainly not sent; any other error leaves that open
   */
  send(mail: Mail): Promise<{ messageId: string }>;
}

type Kind = new (message: string, options: ErrorOptions) => NotSent;

/** Errors after which the email was certainly not sent, by name or connection code. */
const kinds: Record<string, Kind> = {
  TooManyRequestsException: SendThrottled,
  LimitExceededException: SendThrottled,
  ThrottlingException: SendThrottled,
  Throttling: SendThrottled,
  ECONNREFUSED: SendThrottled,
  ENOTFOUND: SendThrottled,
  EAI_AGAIN: SendThrottled,
  SendingPausedException: SendingPaused,
  AccountSuspendedException: SendingPaused,
  MailFromDomainNotVerifiedException: SenderNotVerified,
  MessageRejected: SendRejected,
  BadRequestException: SendRejected,
  NotFoundException: SendRejected,
  AccessDeniedException: SendRejected,
};

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
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const kind = kinds[code] ?? kinds[error.name];
  if (kind === undefined) return error;
  // The message ends up in logs and in the execution's history, where no address belongs.
  const message = `${code || error.name}: ${error.message.replaceAll(/[^\s<>"',;:]+@[^\s<>"',;:]+/g, '(address)')}`;
  return new (narrowed(kind, error.message))(message, { cause: error });
}

/** SES uses one error name for both the daily quota and the rate, and one for both bad content and an unverified sender; the message tells which. */
function narrowed(kind: Kind, said: string): Kind {
  if (kind === SendThrottled && /\b(daily|24.?hour)\b.*\bquota\b/i.test(said)) return SendQuotaReached;
  return kind === SendRejected && /\bnot verified\b/i.test(said) ? SenderNotVerified : kind;
}

/** RFC 5322 display name; other than ASCII letters as an RFC 2047 encoded word. */
function quoted(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : `=?UTF-8?B?${Buffer.from(name).toString('base64')}?=`;
}
