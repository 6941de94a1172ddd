import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SigningKey {
  keyId: string;
  secret: string;
}

/** What an unsubscribe link says: who leaves which topic. */
export interface LinkClaim {
  userKey: string;
  topic: string;
}

/** `<key id>.<claim>.<signature>`, safe in a URL. */
export function signLink({ userKey, topic }: LinkClaim, key: SigningKey): string {
  const body = `${key.keyId}.${Buffer.from(JSON.stringify([userKey, topic])).toString('base64url')}`;
  return `${body}.${signature(body, key)}`;
}

/** The id of the key that a token claims to be signed with. */
export const keyIdOf = (token: string): string | undefined => /^[0-9a-f]{8}(?=\.)/.exec(token)?.[0];

/** @returns what the token says, or undefined when it was not signed with this key */
export function readLink(token: string, key: SigningKey): LinkClaim | undefined {
  const [keyId, claim, given] = token.split('.');
  if (keyId !== key.keyId || claim === undefined || given === undefined) return undefined;
  const expected = Buffer.from(signature(`${keyId}.${claim}`, key));
  const actual = Buffer.from(given);
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
  const [userKey, topic] = JSON.parse(Buffer.from(claim, 'base64url').toString()) as [string, string];
  return { userKey, topic };
}

/** A discount code that only the holder of the key can make, in letters that cannot be mistaken for each other. */
export function discountCode(sendId: string, key: SigningKey): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  const bytes = createHmac('sha256', key.secret).update(`discount:${sendId}`).digest();
  const letters = Array.from(bytes.subarray(0, 10), (byte) => alphabet[byte % alphabet.length]).join('');
  return `${letters.slice(0, 5)}-${letters.slice(5)}`;
}

const signature = (body: string, key: SigningKey): string => createHmac('sha256', key.secret).update(body).digest('base64url');
