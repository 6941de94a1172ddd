import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInboxStore } from '../../../lambdas/adapters/mail/inbox-store.ts';
import { addressHash } from '../../../lambdas/domain/emails/address.ts';
import { isOverLimit, withSoftBounce, type SoftBounce } from '../../../lambdas/domain/profile/inbox.ts';
import { memoryDocuments } from '../../support/memory-dynamo.ts';

const inbox = addressHash('ana@reader.example');
const limit = { softBounces: 3, withinDays: 10 };

describe('an inbox', () => {
  test('is one, however its address is written', () => {
    expect(new Set(['ana@reader.example', ' Ana@Reader.EXAMPLE ', 'ANA@reader.example'].map(addressHash)).size).toBe(1);
    expect(addressHash('ben@reader.example')).not.toBe(inbox);
  });

  test('keeps decisions, suppression and soft bounces apart, in whatever order they come', async () => {
    const inboxes = createInboxStore(memoryDocuments(), 'control');
    await inboxes.decide(inbox, 'left', 'offers', 5);
    expect(await inboxes.read(inbox, ['offers', 'news', 'constructor'])).toEqual({ suppressed: false, decisions: { unsubscribedAtMs: { offers: 5 }, resubscribedAtMs: {} } });
    await inboxes.addSoftBounce(inbox, { sendId: 's1', atMs: 1 }, limit);
    await inboxes.suppress(inbox, 'complaint', 7);
    await inboxes.decide(inbox, 'back', 'offers', 6);
    await inboxes.decide(inbox, 'left', 'offers', 4);
    expect(await inboxes.read(inbox, ['offers', '*'])).toEqual({ suppressed: true, decisions: { unsubscribedAtMs: { offers: 5 }, resubscribedAtMs: { offers: 6 } } });
    expect(await inboxes.read(addressHash('ben@reader.example'), ['offers'])).toEqual({ suppressed: false, decisions: { unsubscribedAtMs: {}, resubscribedAtMs: {} } });
  });

  test('lies under salted hashes, which two stages do not share, and which no read makes', async () => {
    const keysAfter = async () => {
      const keys: string[] = [];
      const documents = memoryDocuments((command) => void keys.push((command as { input: { Key: { id: string } } }).input.Key.id));
      const [one, other] = [createInboxStore(documents, 'control'), createInboxStore(documents, 'control')];
      expect((await other.read(inbox, [])).suppressed).toBe(false);
      expect(keys).toEqual(['salt']);
      await one.suppress(inbox, 'complaint', 7);
      // A function that found nothing before finds it now, and one that has started since.
      expect([(await other.read(inbox, [])).suppressed, (await createInboxStore(documents, 'control').read(inbox, [])).suppressed]).toEqual([true, true]);
      await one.forget(inbox);
      expect((await other.read(inbox, [])).suppressed).toBe(false);
      return new Set(keys.filter((key) => key !== 'salt'));
    };
    const [here, there] = [await keysAfter(), await keysAfter()];
    expect([here.size, there.size, new Set([...here, ...there]).size, here.has(inbox)]).toEqual([1, 1, 2, false]);
  });

  test('asks for the salt once', async () => {
    let calls = 0;
    const documents = memoryDocuments(() => void (calls += 1));
    const inboxes = createInboxStore(documents, 'control');
    await inboxes.suppress(inbox, 'complaint', 7);
    calls = 0;
    for (let email = 0; email < 5; email += 1) await inboxes.read(inbox, []);
    expect(calls).toBe(5);
  });

  test('counts soft bounces that are told at the same time', async () => {
    let writes = 0;
    const documents = memoryDocuments(async (command) => {
      // Another one is written between the read and the write.
      if (command.constructor.name === 'UpdateCommand' && (writes += 1) === 2) await createInboxStore(documents, 'control').addSoftBounce(inbox, { sendId: 'other', atMs: 2 }, limit);
    });
    const inboxes = createInboxStore(documents, 'control');
    await inboxes.addSoftBounce(inbox, { sendId: 'one', atMs: 1 }, limit);
    expect(await inboxes.addSoftBounce(inbox, { sendId: 'third', atMs: 3 }, limit)).toBe(true);
    expect((await inboxes.read(inbox, [])).suppressed).toBe(true);
  });
});

const bounces = fc.array(fc.record({ sendId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), atMs: fc.integer({ min: 0, max: 30 }).map((day) => day * 86_400_000) }), { maxLength: 30 });
const after = (list: readonly SoftBounce[]) => list.reduce<SoftBounce[]>((known, one) => withSoftBounce(known, one), []);

test('soft bounces end in the same record in any order and repetition', () => {
  const shuffled = bounces.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })));
  fc.assert(fc.property(shuffled, ([list, repeated]) => void expect(after(repeated)).toEqual(after(list))));
});

test('an address is over the limit when so many emails lie within the days, and stays small', () => {
  fc.assert(
    fc.property(bounces, (list) => {
      const known = after(list);
      const within = known.some(({ atMs }) => known.filter((one) => one.atMs >= atMs && one.atMs - atMs <= 10 * 86_400_000).length >= 3);
      expect(isOverLimit(known, limit)).toBe(within);
    }),
  );
  expect(after(Array.from({ length: 500 }, (_, index) => ({ sendId: `s${index}`, atMs: index })))).toHaveLength(40);
});
