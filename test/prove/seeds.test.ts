import { describe, expect, test } from 'vitest';
import { lineOf } from '../../prove/check/history.ts';
import { rules } from '../../prove/check/check.ts';
import { fingerprint, runSeed } from '../../prove/run.ts';

describe('Segue under faults', () => {
  test('[P2] [P3] [P4] keeps its promises', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const { violations } = await runSeed(String(seed));
      expect(violations, `npm run prove -- --seed ${seed}`).toEqual([]);
    }
  });

  test('plays the same seed the same way, and another one otherwise', async () => {
    const [one, again, other] = [await runSeed('7a'), await runSeed('7a'), await runSeed('7b')];
    expect(again.history.map(lineOf)).toEqual(one.history.map(lineOf));
    expect(fingerprint(again.history)).toBe(fingerprint(one.history));
    expect(fingerprint(other.history)).not.toBe(fingerprint(one.history));
  });

  test('meets what it is about: faults, mails, joins, orders, coupons, people who leave, who move, and who share a mailbox', { timeout: 120_000 }, async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 14; seed += 1) {
      const { history } = await runSeed(`meets ${seed}`);
      const [people, mailboxes] = [new Map<string, string>(), new Map<string, Set<string>>()];
      for (const entry of history) {
        seen.add(entry.what);
        if (entry.what === 'returned' && entry.error !== undefined) seen.add(entry.error);
        if (entry.what === 'redeemed') seen.add(`redeemed ${entry.status}`);
        if (entry.what === 'feedback') seen.add(entry.bounceType ?? entry.type);
        if (entry.what === 'world' && entry.note.startsWith('SES takes nothing')) seen.add('rejections');
        if (entry.what === 'started') people.set(entry.execution, (JSON.parse(entry.input) as { userKey: string }).userKey);
        if (entry.what === 'mail') mailboxes.set(entry.to, (mailboxes.get(entry.to) ?? new Set()).add(people.get(entry.execution ?? '') ?? ''));
        if (entry.what === 'record' && entry.by === 'product') seen.add('own record');
      }
      for (const [to, readers] of mailboxes) {
        if (to.endsWith('@new.example')) seen.add('another address');
        if ([...readers].filter((key) => key.startsWith('u#')).length > 1) seen.add('a shared mailbox');
      }
    }
    for (const what of ['mail', 'unsubscribed', 'redeemed 200', 'redeemed 409', 'Complaint', 'Permanent', 'Transient', 'Click', 'rejections', 'another address', 'a shared mailbox', 'own record', 'Runtime.ExitError', 'ended', 'probe', 'erased']) expect([...seen]).toContain(what);
    expect(Object.keys(rules).length).toBeGreaterThan(10);
  });
});
