import { describe, expect, test } from 'vitest';
import { createSigningKeys, ringFreshForMs, withNewKey, type KeyRing, type KeyRingStore } from '../../lambdas/adapters/signing-keys.ts';

/** A ring in memory that counts how often it is read. */
function world() {
  const clock = { nowMs: 0 };
  const state: { ring: KeyRing | undefined; reads: number } = { ring: undefined, reads: 0 };
  const store: KeyRingStore = {
    async read() {
      state.reads += 1;
      return structuredClone(state.ring);
    },
    async write(ring, isFirst) {
      if (isFirst && state.ring) return false;
      state.ring = structuredClone(ring);
      return true;
    },
  };
  return { clock, state, store, open: () => createSigningKeys(store, () => clock.nowMs) };
}

describe('the keys that sign links', () => {
  test('are made at the first use, once, whoever comes first', async () => {
    const { open, state } = world();
    const [one, two] = await Promise.all([open().signingKey(), open().signingKey()]);
    expect(one).toEqual(two);
    expect(Object.keys(one).toSorted()).toEqual(['keyId', 'secret']);
    expect(state.ring?.keys).toHaveLength(1);
  });

  test('are read every five minutes and not for every email, and a revoked key is good for no longer', async () => {
    const { open, state, clock } = world();
    const keys = open();
    const { keyId } = await keys.signingKey();
    const { reads } = state;
    for (let email = 0; email < 10; email += 1) await keys.signingKey();
    expect(state.reads).toBe(reads);
    state.ring!.keys[0]!.revokedAtMs = 1;
    clock.nowMs += ringFreshForMs;
    expect(await keys.signingKeyById(keyId)).toBeUndefined();
    const next = await keys.signingKey();
    expect(next.keyId).not.toBe(keyId);
    expect((await open().signingKey()).keyId).toBe(next.keyId);
  });

  test('a link by a key that was made meanwhile is good at once; made-up key ids do not cause a read each', async () => {
    const { open, state, clock } = world();
    const keys = open();
    await keys.signingKey();
    state.ring = withNewKey(state.ring, { keyId: '0000abcd', secret: 'new', createdAtMs: 1 });
    clock.nowMs += 10_000;
    expect(await keys.signingKeyById('0000abcd')).toEqual({ keyId: '0000abcd', secret: 'new' });
    const { reads } = state;
    for (let index = 0; index < 100; index += 1) expect(await keys.signingKeyById(`ffff${String(index).padStart(4, '0')}`)).toBeUndefined();
    expect(state.reads).toBe(reads);
  });
});
