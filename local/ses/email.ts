import { randomUUID } from 'node:crypto';
import type { Clock } from '../time/clock.ts';
import { readConfigurationSets } from './configuration.ts';
import { mailEvent, type MailEventType, type Visitor } from './events.ts';
import { outcomeEvents, outcomeOf, type Outcome } from './outcome.ts';
import { openMailStore, type Mail } from './store.ts';
import { trackHtml } from './tracking.ts';
import type { EventBus } from '../eventbridge/bus.ts';
import type { Place, Resolver } from '../step-functions/intrinsics.ts';

export interface SendRequest {
  FromEmailAddress?: string;
  Destination?: { ToAddresses?: string[] };
  ConfigurationSetName?: string;
  EmailTags?: { Name: string; Value: string }[];
  Content?: {
    Simple?: {
      Subject?: { Data?: string };
      Body?: { Html?: { Data?: string }; Text?: { Data?: string } };
      Headers?: { Name: string; Value: string }[];
    };
    Raw?: { Data?: string };
  };
}

/** An error of the SES API; `code` is its name there. */
export class EmailError extends Error {
  override name = 'EmailError';
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** SES: takes messages, keeps them for the inbox and publishes what happens to them to EventBridge. */
export interface Email {
  /** @returns the message id @throws EmailError when the message is refused */
  send(request: SendRequest): Promise<string>;
  /** Newest first. */
  list(): Mail[];
  get(messageId: string): Mail | undefined;
  /** The tracking picture was fetched. @returns false when there is no such message */
  open(messageId: string, visitor: Visitor): boolean;
  /** A tracked link was followed. @returns where it leads, or `undefined` when there is no such link */
  click(messageId: string, index: number, visitor: Visitor): string | undefined;
  /** Outcomes that have to be triggered by hand here: a late bounce, or a complaint. */
  report(messageId: string, outcome: Extract<Outcome, 'bounced' | 'complained'>): boolean;
}

export interface EmailDeps {
  resolver: Resolver;
  place: Place;
  clock: Clock;
  bus: EventBus;
  folder: string;
  /** aws-ses-v2-local, which checks each message. */
  sesUrl: string;
}

export function createEmail({ resolver, place, clock, bus, folder, sesUrl }: EmailDeps): Email {
  const store = openMailStore(folder);
  const read = createReader(sesUrl);
  const sets = readConfigurationSets(resolver);
  const setOf = ({ configurationSet }: Mail) => sets.get(configurationSet ?? '');
  const publish = (mail: Mail, type: MailEventType, detail: Record<string, unknown> = {}) => {
    if (setOf(mail)?.publishes.has(type.toLowerCase())) bus.publish(mailEvent(type, mail, clock.nowMs(), place, detail));
  };

  return {
    async send(request) {
      const setName = request.ConfigurationSetName;
      const set = setName === undefined ? undefined : sets.get(setName);
      if (setName !== undefined && !set) throw new EmailError('NotFoundException', 404, `Configuration set <${setName}> does not exist.`);

      // Like SES's own, this id cannot be guessed; those of aws-ses-v2-local can, and may repeat after a restart.
      const messageId = `${clock.nowMs().toString(16).padStart(16, '0')}-${randomUUID()}-000000`;
      const html = request.Content?.Simple?.Body?.Html;
      const isTracked = set?.publishes.has('open') || set?.publishes.has('click');
      const tracked = html?.Data !== undefined && isTracked ? trackHtml(html.Data, trackingAddresses(place.apiUrl, messageId)) : undefined;
      if (html && tracked) html.Data = tracked.html;

      const content = await read(request);
      const to = request.Destination?.ToAddresses ?? content.to;
      const mail: Mail = {
        ...content,
        to,
        messageId,
        tags: Object.fromEntries((request.EmailTags ?? []).map(({ Name, Value }) => [Name, Value])),
        ...(setName !== undefined && { configurationSet: setName }),
        links: tracked?.links ?? [],
        sentAtMs: clock.nowMs(),
        outcome: outcomeOf(to, (address) => (set?.suppresses ?? true) && store.isSuppressed(address)),
        openCount: 0,
        clicked: [],
      };
      store.save(mail);
      publish(mail, 'Send');
      for (const [type, detail] of outcomeEvents(mail.outcome, to)) publish(mail, type, detail);
      return messageId;
    },
    list: () => store.list(),
    get: (messageId) => store.get(messageId),
    open(messageId, visitor) {
      const mail = store.get(messageId);
      if (!mail) return false;
      store.save({ ...mail, openCount: mail.openCount + 1 });
      publish(mail, 'Open', { ...visitor });
      return true;
    },
    click(messageId, index, visitor) {
      const mail = store.get(messageId);
      const link = mail?.links[index];
      if (!mail || link === undefined) return undefined;
      store.save({ ...mail, clicked: [...mail.clicked, link] });
      publish(mail, 'Click', { ...visitor, link, linkTags: null });
      return link;
    },
    report(messageId, outcome) {
      const mail = store.get(messageId);
      if (!mail) return false;
      store.save({ ...mail, outcome });
      mail.to.forEach((address) => store.suppress(address));
      for (const [type, detail] of outcomeEvents(outcome, mail.to)) if (type !== 'Delivery') publish(mail, type, detail);
      return true;
    },
  };
}

type Content = Pick<Mail, 'from' | 'to' | 'subject' | 'html' | 'text' | 'headers'>;

/**
 * Has aws-ses-v2-local check and read a message. It can only be asked for all that it holds, and it holds everything in memory. So it gets
 * one message at a time and forgets it afterwards: a message costs the same, however many there were.
 */
function createReader(sesUrl: string): (request: SendRequest) => Promise<Content> {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    const next = last.then(() => accepted(sesUrl, request));
    last = next.catch(() => undefined).then(() => fetch(`${sesUrl}/clear-store`, { method: 'POST' })).then((answer) => answer.arrayBuffer()).catch(() => undefined);
    return next;
  };
}

/** @returns what aws-ses-v2-local made of the message @throws EmailError with its reason when it refuses */
async function accepted(sesUrl: string, request: SendRequest): Promise<Content> {
  const headers = { 'content-type': 'application/json', authorization: 'AWS4-HMAC-SHA256 local' };
  const answer = await fetch(`${sesUrl}/v2/email/outbound-emails`, { method: 'POST', headers, body: JSON.stringify(request) });
  const body = (await answer.json()) as { MessageId?: string; message?: string; detail?: string };
  if (!answer.ok) throw new EmailError('BadRequestException', answer.status, [body.message, body.detail].filter(Boolean).join(': '));
  const { emails } = (await (await fetch(`${sesUrl}/store`)).json()) as {
    emails: {
      messageId: string;
      from: string;
      destination: { to: string[] };
      subject: string;
      body: { html?: string; text?: string };
      headers?: Mail['headers'];
    }[];
  };
  const { from, destination, subject, body: parts, headers: own } = emails.findLast(({ messageId }) => messageId === body.MessageId)!;
  return { from, to: destination.to, subject, ...parts, headers: own ?? [] };
}

const trackingAddresses = (baseUrl: string, messageId: string) => ({
  open: `${baseUrl}/_ses/open/${messageId}`,
  click: (index: number) => `${baseUrl}/_ses/click/${messageId}/${index}`,
});
