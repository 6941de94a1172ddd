import { shortHash } from '../hash.ts';

/** A signed token: the id of its key, one or two parts, and the signature, which is a SHA-256 in base64url. */
const token = /[0-9a-f]{8}(?:\.[\w-]+){1,2}\.[\w-]{43}/g;

/**
 * A link as it may be kept and logged: each token in it is replaced by a short hash. Whoever has a token can use it, and SES reports the
 * address of each link that somebody follows. The same link stays the same, and different ones stay different.
 */
export const hideTokens = (link: string): string => link.replace(token, (found) => `token-${shortHash([found], 8)}`);
