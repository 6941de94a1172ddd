import { domainToASCII } from 'node:url';
import { hexHash } from '../hash.ts';

/** One form for all ways to write an address, since all of them reach the same mailbox. */
export function normalAddress(text: string): string {
  const address = text.trim().normalize('NFC').toLowerCase();
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return at < 0 ? address : `${address.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

/** What is stored of an address where only its identity matters, such as suppression. */
export const addressHash = (address: string): string => hexHash(['address', normalAddress(address)], 64);
