import { describe, expect, test } from 'vitest';
import { emptyContent, withEvent } from '../../../lambdas/domain/profile/content.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { hourMs, startMs, track } from '../../support/events.ts';
import { Trouble } from '../../support/fakes.ts';
import { hello, nowMs, viewed, world } from '../../support/send-world.ts';
import config from '../../../examples/bookstore/segue.config.ts';

test('[H3] links and pictures from events lead to the shop or nowhere', async () => {
  const hostile = track('add_to_cart', startMs, { product_id: 'b1', name: '<b>Free</b>', url: 'https://evil.example/phish', image_url: 'https://evil.example/pixel.png' });
  const content = withEvent(emptyContent(), hostile, compilePlan(config));
  expect(JSON.stringify(content.products.b1)).toMatch(/evil.example\/phish.*evil.example\/pixel/);
  const { handle, mails } = world([hello, hostile]);
  await handle();
  expect(mails[0]?.html).not.toContain('evil.example');
  expect(mails[0]?.html).not.toContain('<b>Free</b>');
  expect(mails[0]?.html).toContain('&lt;b&gt;Free&lt;/b&gt;');
});

describe('what an email shows', () => {
  const catalogue = (known: Record<string, object | undefined>) => ({
    describe: async ({ productId, ...product }: { productId: string }) => (productId in known ? known[productId] && { ...product, productId, reviews: [], related: [], ...known[productId] } : { ...product, productId, reviews: [], related: [] }),
  });
  const send = (events: DomainEvent[], change: object, known: Record<string, object | undefined>) => {
    const w = world(events, new Trouble(), {}, new Trouble(), {}, catalogue(known));
    return { w, answer: w.handle({ executionName: 'e1', ...change }) };
  };

  test('is what the person looked at and did not buy, as the catalogue describes it', async () => {
    const events = [hello, viewed('b1', startMs), viewed('b2', startMs + 1), viewed('b3', startMs + 2), track('purchase', startMs + 3, { product_id: 'b3', name: 'Emma' })];
    const { w, answer } = send(events, { campaign: 'welcome', step: 'picks', entryAtMs: startMs + 10 }, { b1: { title: 'Persuasion' }, b3: { title: 'Emma' } });
    expect(await answer).toMatchObject({ outcome: 'sent' });
    expect(w.mails[0]?.text).toContain('Persuasion');
    expect(w.mails[0]?.text).not.toMatch(/Emma|b2/);
  });

  test('falls back when the products have vanished, or the email is not sent', async () => {
    const events = [hello, viewed('b1', startMs)];
    const picks = send(events, { campaign: 'welcome', step: 'picks' }, { b1: undefined });
    expect(await picks.answer).toMatchObject({ outcome: 'sent' });
    expect(picks.w.mails[0]?.text).not.toContain('b1');
    const nudge = send(events, { campaign: 'browse_abandonment', step: 'nudge', entryAtMs: nowMs - 24 * hourMs }, { b1: undefined });
    expect(await nudge.answer).toEqual({ outcome: 'skipped', reason: 'no-content' });
  });

  test('is what goes with the last purchase, without what was bought', async () => {
    const events = [hello, track('purchase', startMs, { product_id: 'b1', name: 'Emma' })];
    const { w, answer } = send(events, { campaign: 'cross_sell', step: 'ideas', entryAtMs: startMs + 1, executionName: 'c1' }, { b1: { related: ['b1', 'b2', 'gone'] }, b2: { title: 'Persuasion' }, gone: undefined });
    w.clock.nowMs = startMs + 5 * 24 * hourMs;
    expect(await answer).toMatchObject({ outcome: 'sent' });
    expect(w.mails[0]?.text).toContain('Persuasion');
  });
});
