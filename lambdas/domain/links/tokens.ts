import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SigningKey {
  keyId: string;
  secret: string;
}

/** What an unsubscribe link says: who leaves which topic, and in which email they clicked. */
export interface LinkClaim {
  /** Missing where the id is long: then the record of the send knows the person. */
  userKey?: string;
  topic: string;
  /** Missing in links of emails from before sends were named. */
  sendId?: string;
}

/** What a survey link says: who is asked, in which email, and what. */
export interface SurveyClaim {
  userKey: string;
  campaign: string;
  step: string;
  /** Name of the survey in the config. */
  question: string;
  /** The segment in which the person was asked, since opening the email or answering may end it. Missing for somebody who was in none yet. */
  segment?: string;
}

/**
 * The link also stands in the header `List-Unsubscribe`, of which SES takes 995 characters. A claim of so many bytes makes a token of
 * 340 characters at most, which leaves room for any address of an API.
 */
const longestClaimBytes = 200;

/** `<key id>.<claim>.<signature>`, safe in a URL, and short whatever the ids are: a long user id is left out, as the record of the send has it. */
export function signLink({ userKey = '', topic, sendId }: LinkClaim, key: SigningKey): string {
  if (sendId === undefined) return sign(unsubscribing, [userKey, topic], key);
  const claim = [userKey, topic, sendId];
  const isLong = Buffer.byteLength(JSON.stringify(claim)) > longestClaimBytes;
  return sign(unsubscribing, isLong ? ['', topic, sendId] : claim, key);
}

/** @returns what the token says, or undefined when it was not signed with this key for this purpose */
export function readLink(token: string, key: SigningKey): LinkClaim | undefined {
  const [userKey, topic, sendId] = read(unsubscribing, token, key) ?? [];
  if (userKey === undefined || topic === undefined) return undefined;
  return { ...(userKey !== '' && { userKey }), topic, ...(sendId !== undefined && { sendId }) };
}

/** Like signLink, for the link to a survey. */
export const signSurvey = ({ userKey, campaign, step, question, segment }: SurveyClaim, key: SigningKey): string =>
  sign(asking, [userKey, campaign, step, question, ...(segment === undefined ? [] : [segment])], key);

/** @returns what the token says, or undefined when it was not signed with this key for this purpose */
export function readSurvey(token: string, key: SigningKey): SurveyClaim | undefined {
  const [userKey, campaign, step, question, segment] = read(asking, token, key) ?? [];
  if (userKey === undefined || campaign === undefined || step === undefined || question === undefined) return undefined;
  return { userKey, campaign, step, question, ...(segment !== undefined && { segment }) };
}

/** The id of the key that a token claims to be signed with. */
export const keyIdOf = (token: string): string | undefined => /^[0-9a-f]{8}(?=\.)/.exec(token)?.[0];

/**
 * What a token says, by the key that it claims to be signed with.
 * @param read readLink or readSurvey
 * @returns undefined when there is no such key (any more), or the key did not sign it
 */
export async function claimIn<T>(token: string, read: (token: string, key: SigningKey) => T | undefined, keys: { signingKeyById(keyId: string): Promise<SigningKey | undefined> }): Promise<T | undefined> {
  const keyId = keyIdOf(token);
  const key = keyId === undefined ? undefined : await keys.signingKeyById(keyId);
  return key && read(token, key);
}

/** A discount code that only the holder of the key can make, in letters that cannot be mistaken for each other. */
export function discountCode(sendId: string, key: SigningKey): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  const bytes = createHmac('sha256', key.secret).update(`discount:${sendId}`).digest();
  const letters = Array.from(bytes.subarray(0, 10), (byte) => alphabet[byte % alphabet.length]).join('');
  return `${letters.slice(0, 5)}-${letters.slice(5)}`;
}

/** The purpose is part of what is signed, so that no link is accepted as one of another kind. Key ids are hexadecimal, so none begins like a purpose. */
type Purpose = typeof unsubscribing | typeof asking;
const unsubscribing = '';
const asking = 'survey:';

function sign(purpose: Purpose, claim: string[], key: SigningKey): string {
  const body = `${key.keyId}.${Buffer.from(JSON.stringify(claim)).toString('base64url')}`;
  return `${body}.${signature(purpose, body, key)}`;
}

function read(purpose: Purpose, token: string, key: SigningKey): string[] | undefined {
  const [keyId, claim, given, ...more] = token.split('.');
  if (keyId !== key.keyId || claim === undefined || given === undefined || more.length > 0) return undefined;
  const expected = Buffer.from(signature(purpose, `${keyId}.${claim}`, key));
  const actual = Buffer.from(given);
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
  return JSON.parse(Buffer.from(claim, 'base64url').toString()) as string[];
}

const signature = (purpose: Purpose, body: string, key: SigningKey): string => createHmac('sha256', key.secret).update(`${purpose}${body}`).digest('base64url');
