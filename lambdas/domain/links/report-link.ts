import { createHmac, timingSafeEqual } from 'node:crypto';
import { dayMs } from '../time.ts';
import type { SigningKey } from './tokens.ts';

/** How long a link to a report works; the next one comes after a month. */
export const linkDays = 30;

/** `<key id>.<month>.<expiry>.<signature>`, safe in a URL: whoever has it may read the report of that month until it expires. */
export function signReportLink(month: string, nowMs: number, key: SigningKey): string {
  const body = `${key.keyId}.${month}.${nowMs + linkDays * dayMs}`;
  return `${body}.${signature(body, key)}`;
}

/** @returns the month, or undefined when the link was not signed with this key or has expired */
export function readReportLink(token: string, key: SigningKey, nowMs: number): string | undefined {
  const [keyId, month = '', expiresAtMs, given = ''] = token.split('.');
  const expected = Buffer.from(signature(`${keyId}.${month}.${expiresAtMs}`, key));
  const actual = Buffer.from(given);
  if (keyId !== key.keyId || expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
  return nowMs <= Number(expiresAtMs) ? month : undefined;
}

/** The purpose is part of what is signed, so that no other link of Segue's is accepted as one to a report. */
const signature = (body: string, key: SigningKey): string => createHmac('sha256', key.secret).update(`report:${body}`).digest('base64url');
