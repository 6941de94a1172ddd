import { createHmac, timingSafeEqual } from 'node:crypto';
import { hourMs } from '../time.ts';
import type { SigningKey } from './tokens.ts';

/** How long the link of a confirmation works. */
export const returnHours = 48;

/** What the link of a confirmation says: who comes back to which topics, when they asked for it, and at which address. */
export interface ReturnClaim {
  userKey: string;
  /** `*`: from having left everything. */
  topics: string[];
  askedAtMs: number;
  /** Hash of the address to which the confirmation went. */
  address: string;
}

/** `<key id>.<claim>.<signature>`, safe in a URL. Whoever reads the mails of the address may confirm. */
export function signReturn({ userKey, topics, askedAtMs, address }: ReturnClaim, key: SigningKey): string {
  const body = `${key.keyId}.${Buffer.from(JSON.stringify([userKey, askedAtMs, address, ...topics])).toString('base64url')}`;
  return `${body}.${signature(body, key)}`;
}

/** @returns what the token says, or undefined when it was not signed with this key for this purpose. It may have expired */
export function readReturn(token: string, key: SigningKey): ReturnClaim | undefined {
  const [keyId, claim = '', given = '', ...more] = token.split('.');
  const expected = Buffer.from(signature(`${keyId}.${claim}`, key));
  const actual = Buffer.from(given);
  if (keyId !== key.keyId || more.length > 0 || expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
  const [userKey, askedAtMs, address, ...topics] = JSON.parse(Buffer.from(claim, 'base64url').toString()) as [string, number, string, ...string[]];
  return { userKey, topics, askedAtMs, address };
}

export const hasExpired = ({ askedAtMs }: ReturnClaim, nowMs: number): boolean => nowMs > askedAtMs + returnHours * hourMs;

/** The purpose is part of what is signed, so that no other link of Segue's is accepted as a confirmation. */
const signature = (body: string, key: SigningKey): string => createHmac('sha256', key.secret).update(`return:${body}`).digest('base64url');
