import { randomUUID } from 'node:crypto';
import type { Mail } from './store.ts';
import type { BusEvent } from '../eventbridge/bus.ts';
import type { Place } from '../step-functions/intrinsics.ts';

/** Event types by SES's name; EventBridge shows the second one as `detail-type`. */
const detailTypes = {
  Send: 'Email Sent',
  Delivery: 'Email Delivered',
  Open: 'Email Opened',
  Click: 'Email Clicked',
  Bounce: 'Email Bounced',
  Complaint: 'Email Complaint Received',
} as const;
export type MailEventType = keyof typeof detailTypes;

export interface Visitor {
  ipAddress: string;
  userAgent: string;
}

/** An event about a message, in the shape in which SES publishes it to EventBridge. */
export function mailEvent(type: MailEventType, mail: Mail, atMs: number, place: Place, detail: Record<string, unknown>): BusEvent {
  const time = new Date(atMs).toISOString();
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailTypes[type],
    source: 'aws.ses',
    account: place.accountId,
    time: `${time.slice(0, 19)}Z`,
    region: place.region,
    resources: mail.configurationSet ? [`arn:aws:ses:${place.region}:${place.accountId}:configuration-set/${mail.configurationSet}`] : [],
    detail: { eventType: type, mail: mailPart(mail, place), [type.toLowerCase()]: type === 'Send' ? {} : { timestamp: time, ...detail } },
  };
}

function mailPart({ messageId, from, to, subject, headers, configurationSet, tags, sentAtMs }: Mail, { region, accountId }: Place): object {
  const address = /<([^>]+)>/.exec(from)?.[1] ?? from;
  const automatic = {
    'ses:source-tls-version': ['TLSv1.3'],
    ...(configurationSet && { 'ses:configuration-set': [configurationSet] }),
    'ses:from-domain': [address.split('@').at(-1) ?? ''],
  };
  return {
    timestamp: new Date(sentAtMs).toISOString(),
    source: from,
    sourceArn: `arn:aws:ses:${region}:${accountId}:identity/${address}`,
    sendingAccountId: accountId,
    messageId,
    destination: to,
    headersTruncated: false,
    headers: [{ name: 'From', value: from }, { name: 'To', value: to.join(', ') }, { name: 'Subject', value: subject }, ...headers],
    commonHeaders: { from: [from], to, messageId, subject },
    tags: { ...automatic, ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]])) },
  };
}
