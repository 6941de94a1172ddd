import { hash } from 'node:crypto';

const separator = '\u001f';

/** Stable short name of some texts: `length` characters of base64url SHA-256. Equal inputs give equal names. */
export function shortHash(parts: readonly (string | number)[], length: number): string {
  return hash('sha256', parts.join(separator), 'base64url').slice(0, length);
}

/** Like shortHash, in hexadecimal, for names that allow no other characters. */
export function hexHash(parts: readonly (string | number)[], length: number): string {
  return hash('sha256', parts.join(separator), 'hex').slice(0, length);
}

/** A stable number in [0, 1) for a person and a salt; uniform over people. */
export function unitHash(...parts: string[]): number {
  return Number.parseInt(hash('sha256', parts.join(separator), 'hex').slice(0, 12), 16) / 2 ** 48;
}

/** What is stored of a write key: its SHA-256 in hexadecimal. */
export const writeKeyHash = (key: string): string => hash('sha256', key, 'hex');
