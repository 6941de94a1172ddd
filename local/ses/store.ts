import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, readJsonFile, replaceFile } from '../storage/files.ts';

/** A message that SES took, as the local inbox shows it. */
export interface Mail {
  messageId: string;
  from: string;
  to: string[];
  subject: string;
  html?: string;
  text?: string;
  headers: { name: string; value: string }[];
  configurationSet?: string;
  tags: Record<string, string>;
  /** Targets of tracked links, in the order of their tracking addresses. */
  links: string[];
  sentAtMs: number;
  outcome: 'delivered' | 'bounced' | 'complained' | 'suppressed';
  openCount: number;
  clicked: string[];
}

/** One file per message, because aws-ses-v2-local forgets its messages when it stops. */
export interface MailStore {
  save(mail: Mail): void;
  get(messageId: string): Mail | undefined;
  /** Newest first. */
  list(): Mail[];
  suppress(address: string): void;
  isSuppressed(address: string): boolean;
}

const mailKind = {
  isValid: (value: unknown): value is Mail => isObject(value) && typeof value.messageId === 'string' && Array.isArray(value.to) && Array.isArray(value.links) && Array.isArray(value.clicked),
  advice: 'Delete it, and this one email is missing in the inbox; or restore it from a copy.',
};
const suppressionKind = {
  isValid: (value: unknown): value is string[] => Array.isArray(value) && value.every((address) => typeof address === 'string'),
  advice: 'Delete it, and addresses that bounced or complained are mailed again; or restore it from a copy.',
};

export function openMailStore(folder: string): MailStore {
  const mailFolder = join(folder, 'messages');
  mkdirSync(mailFolder, { recursive: true });
  const suppressionFile = join(folder, 'suppressed.json');
  const suppressed = new Set(readJsonFile(suppressionFile, suppressionKind));
  const mails = new Map(
    readdirSync(mailFolder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readJsonFile(join(mailFolder, name), mailKind)!)
      .map((mail) => [mail.messageId, mail]),
  );
  return {
    save(mail) {
      replaceFile(join(mailFolder, `${mail.messageId}.json`), JSON.stringify(mail));
      mails.set(mail.messageId, mail);
    },
    get: (messageId) => mails.get(messageId),
    list: () => [...mails.values()].sort((a, b) => b.sentAtMs - a.sentAtMs),
    suppress(address) {
      suppressed.add(address.toLowerCase());
      replaceFile(suppressionFile, JSON.stringify([...suppressed]));
    },
    isSuppressed: (address) => suppressed.has(address.toLowerCase()),
  };
}
