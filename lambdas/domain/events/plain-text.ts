/** Anything that a reader could follow: addresses of sites and mailboxes, and telephone numbers. */
const leadsElsewhere = [
  // With a scheme, or `www.`, or a name with a dot and a path or a known ending: `shop.example/pay`, `evil.com`.
  /[a-z][a-z0-9+.-]*:\/\//i,
  /\bwww\./i,
  /[\p{L}\p{N}-]+\.(?:com|net|org|info|biz|io|co|me|app|dev|shop|store|online|site|xyz|top|link|click|live|example|test|[a-z]{2})(?![\p{L}\p{N}])/iu,
  /[\p{L}\p{N}-]+\.[\p{L}]{2,}\//u,
  /\S@\S/,
  // Seven digits and more, however they are grouped.
  /(?:\+|\b)\d(?:[\s().\/-]{0,3}\d){6,}/,
];

export const maxPlainLength = 120;

/** May a text that nobody vouches for stand in an email? Only if it is short, without control characters, and leads nowhere. */
export function isPlainText(value: unknown, maxLength = maxPlainLength): value is string {
  if (typeof value !== 'string' || value.length > maxLength) return false;
  // Full-width characters, and the ideographic full stop that browsers take for a dot, would hide from the patterns.
  const text = value.normalize('NFKC').replaceAll('\u3002', '.');
  return !/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u.test(text) && !leadsElsewhere.some((pattern) => pattern.test(text));
}
