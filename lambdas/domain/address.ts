import { domainToASCII } from 'node:url';

/** Blanks that copying from a page brings along; `trim` knows the others, the no-break space included. */
const invisible = /[\u200b-\u200d\u2060\ufeff]/g;
const atoms = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/** `domainToASCII` reads what follows a host in a URL as well, and unescapes percent signs. */
const notInDomain = /[\s#/?%:@\\<>()[\],;"]/;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * An email address in its normal form: without blanks around it, its domain in lower case and in ASCII (punycode).
 * @returns undefined for what is no address that SES takes: it wants a local part in ASCII of 64 characters at most, dots only
 * between other characters, and 254 characters in all; and one address alone, without a name or anything that could become a header
 */
export function normalAddress(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 1000) return undefined;
  const text = value.replace(invisible, '').trim();
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(0, at));
  const domain = notInDomain.test(text.slice(at + 1)) ? '' : domainToASCII(text.slice(at + 1));
  const labels = domain.split('.');
  const isDomain = labels.length >= 2 && labels.every((one) => label.test(one)) && /[a-z]/.test(labels.at(-1) as string);
  const address = `${local}@${domain}`;
  return atoms.test(local) && local.length <= 64 && isDomain && address.length <= 254 ? address : undefined;
}
