import { randomBytes } from 'node:crypto';
import { GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { SigningKey } from '../domain/links/tokens.ts';

/** A signing key as the key ring holds it. */
export interface StoredSigningKey extends SigningKey {
  createdAtMs: number;
  /** Since when links signed with it are refused. */
  revokedAtMs?: number;
}

/** All signing keys of a stage, in one encrypted parameter. */
export interface KeyRing {
  /** Id of the key that signs; the others only check the links of old emails. */
  current: string;
  keys: StoredSigningKey[];
}

/** The keys that sign the links of emails and reports, and make discount codes. */
export interface SigningKeys {
  /** The key that signs; created at the first use, and when all others are revoked. */
  signingKey(): Promise<SigningKey>;
  /** @returns undefined for a key that is unknown or revoked */
  signingKeyById(keyId: string): Promise<SigningKey | undefined>;
}

/** The key ring itself, for the commands that rotate and revoke. */
export interface KeyRingStore {
  /** @returns undefined when there is none yet */
  read(): Promise<KeyRing | undefined>;
  /** @param isFirst only when there is none yet. @returns false when there is one. @throws Error when the ring is full */
  write(ring: KeyRing, isFirst: boolean): Promise<boolean>;
}

/** What a parameter of the standard tier holds, in bytes: about 35 keys. */
const maxRingBytes = 4096;

export function createKeyRingStore(client: SSMClient, name: string): KeyRingStore {
  return {
    async read() {
      try {
        const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
        return JSON.parse(Parameter?.Value ?? '') as KeyRing;
      } catch (error) {
        if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
        throw error;
      }
    },
    async write(ring, isFirst) {
      const Value = JSON.stringify(ring);
      if (Buffer.byteLength(Value) > maxRingBytes) throw new Error(`the key ring ${name} is full with ${ring.keys.length} keys; revoke the oldest ones, whose links nobody follows any more`);
      try {
        await client.send(new PutParameterCommand({ Name: name, Type: 'SecureString', Value, Overwrite: !isFirst, Description: "Signs the links of Segue's emails; see npm run keys -- --help" }));
        return true;
      } catch (error) {
        if (isFirst && error instanceof Error && error.name === 'ParameterAlreadyExists') return false;
        throw error;
      }
    },
  };
}

export function newSigningKey(createdAtMs: number): StoredSigningKey {
  return { keyId: randomBytes(4).toString('hex'), secret: randomBytes(32).toString('base64url'), createdAtMs };
}

/** The ring with a new key that signs from now on. Revoked keys make room when there are others: nothing is checked with them. */
export function withNewKey(ring: KeyRing | undefined, key: StoredSigningKey): KeyRing {
  return { current: key.keyId, keys: [...(ring?.keys ?? []), key] };
}

/** How long a function caches the key ring; a revoked key may be accepted for so much longer. */
export const ringFreshForMs = 300_000;
/** A link with an unknown key id makes a function read the ring again, but not more often than this, since anybody can make up such links. */
const lookAgainAfterMs = 10_000;

/** @param now the real clock, since the cache lives in one process */
export function createSigningKeys(store: KeyRingStore, now: () => number): SigningKeys {
  let known: KeyRing | undefined;
  let readAtMs = -Infinity;
  const ring = async (maxAgeMs: number): Promise<KeyRing | undefined> => {
    if (now() - readAtMs < maxAgeMs) return known;
    known = await store.read();
    readAtMs = now();
    return known;
  };
  const good = (from: KeyRing | undefined, keyId: string | undefined): SigningKey | undefined => {
    const key = from?.keys.find((one) => one.keyId === keyId && one.revokedAtMs === undefined);
    return key && { keyId: key.keyId, secret: key.secret };
  };
  return {
    async signingKey() {
      const remembered = await ring(ringFreshForMs);
      const signs = good(remembered, remembered?.current);
      if (signs) return signs;
      const there = await ring(0);
      const current = good(there, there?.current);
      if (current) return current;
      const made = newSigningKey(now());
      // Two first sends at the same time: the second one uses the key of the first.
      if (!(await store.write(withNewKey(there, made), there === undefined))) return (good(await ring(0), known?.current) ?? made) satisfies SigningKey;
      known = withNewKey(there, made);
      readAtMs = now();
      return { keyId: made.keyId, secret: made.secret };
    },
    async signingKeyById(keyId) {
      const remembered = await ring(ringFreshForMs);
      if (remembered?.keys.some((key) => key.keyId === keyId)) return good(remembered, keyId);
      return good(await ring(lookAgainAfterMs), keyId);
    },
  };
}
