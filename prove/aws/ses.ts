import { GetAccountCommand, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { Invocation } from './invocation.ts';

/** An email as SES took it. */
export interface TakenMail {
  messageId: string;
  to: string;
  atMs: number;
  headers: Record<string, string>;
  tags: Record<string, string>;
  html: string;
  text: string;
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** SES v2: takes emails, and refuses those to addresses that it does not accept. */
export class Ses {
  onMail: (mail: TakenMail, by: Invocation | undefined) => void = () => undefined;
  /** Why an email is refused, if it is. */
  rejects: (to: string) => string | undefined = () => undefined;
  private count = 0;
  private readonly now: () => number;
  private readonly maxPerSecond: number;

  constructor(now: () => number, maxPerSecond: number) {
    this.now = now;
    this.maxPerSecond = maxPerSecond;
  }

  handle(command: object, by?: Invocation): object {
    if (command instanceof GetAccountCommand) return { SendQuota: { MaxSendRate: this.maxPerSecond, Max24HourSend: 50_000, SentLast24Hours: this.count } };
    if (!(command instanceof SendEmailCommand)) throw new Error(`the simulated SES does not know ${command.constructor.name}`);
    const { Destination, Content, EmailTags = [] } = command.input;
    const to = Destination?.ToAddresses?.[0] ?? '';
    const refusal = this.rejects(to);
    if (refusal !== undefined) throw named('MessageRejected', refusal);
    this.count += 1;
    const messageId = `0102018f${String(this.count).padStart(8, '0')}-000000`;
    const simple = Content?.Simple;
    const mail = {
      messageId,
      to,
      atMs: this.now(),
      headers: Object.fromEntries((simple?.Headers ?? []).map(({ Name, Value }) => [Name, Value])) as Record<string, string>,
      tags: Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, Value])) as Record<string, string>,
      html: simple?.Body?.Html?.Data ?? '',
      text: simple?.Body?.Text?.Data ?? '',
    };
    this.onMail(mail, by);
    return { MessageId: messageId };
  }
}
