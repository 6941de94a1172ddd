import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRule, goodUntilMs, isTrue, noNeeds, type Condition, type RuleView } from '../../../lambdas/domain/rules/compile.ts';
import type { Rule } from '../../../lambdas/schemas/rule.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { viewOf, type Happened } from '../../support/rule-view.ts';

const day = 86_400_000;
const now = 400 * day;
/** Compiles a rule, with a view of just what it asks for. */
function given(rule: Rule, events: Happened[], more: Partial<RuleView> = {}): { condition: Condition; view: RuleView } {
  const needs = noNeeds();
  const condition = compileRule(rule, config, needs);
  return { condition, view: viewOf(needs, events, more) };
}

function holds(rule: Rule, events: Happened[] = [], more: Partial<RuleView> = {}, nowMs = now): boolean {
  const { condition, view } = given(rule, events, more);
  return isTrue(condition(view, nowMs, config.thresholds));
}

const bought = (daysAgo: number, properties: Record<string, unknown> = {}): Happened => ({ event: 'purchase', atMs: now - daysAgo * day, properties });

describe('rules', () => {
  test('look into lists: one element is enough, for a number both bounds by the same one', () => {
    const order = [bought(1, { products: [{ product_id: 12345, price: '5.00', tags: ['new'] }, { product_id: 'b2', price: 40 }, 'odd', null], lines: { items: [{ sku: 's1' }] }, none: [] })];
    const where = (filter: Record<string, unknown>) => holds({ did: 'purchase', where: [filter as never] }, order);
    expect(where({ property: 'products[].product_id', eq: '12345' })).toBe(true);
    expect(where({ property: 'products[].product_id', in: ['b2', 'b3'] })).toBe(true);
    expect(where({ property: 'products[].product_id', prefix: 'b' })).toBe(true);
    expect(where({ property: 'products[].product_id', ne: 'b2' })).toBe(false);
    expect(where({ property: 'products[].price', gte: 30, lt: 50 })).toBe(true);
    expect(where({ property: 'products[].price', gt: 5, lt: 40 })).toBe(false);
    expect(where({ property: 'products[].tags[]', eq: 'new' })).toBe(true);
    expect(where({ property: 'lines.items[].sku', eq: 's1' })).toBe(true);
    expect(where({ property: 'none[].x', exists: true })).toBe(false);
    expect(where({ property: 'lines[].sku', exists: false })).toBe(true);
  });

  test('read times as ISO text, and as seconds or milliseconds since 1970, as numbers or text', () => {
    const at = Date.parse('2026-02-01T12:00:00Z');
    for (const value of ['2026-02-01T12:00:00Z', '2026-02-01T13:00:00+01:00', '2026-02-01', at, at / 1000, String(at), String(at / 1000)]) {
      expect(holds({ trait: 'trial_ends', after: '2026-01-31T00:00:00Z', before: '2026-02-02T00:00:00Z' }, [], { traits: { trial_ends: { value, atMs: 0 } } }), String(value)).toBe(true);
      expect(holds({ trait: 'trial_ends', before: '2026-01-31T00:00:00Z' }, [], { traits: { trial_ends: { value, atMs: 0 } } }), String(value)).toBe(false);
    }
    for (const value of ['2026', '1 February 2026', 'Sun, 01 Feb 2026 12:00:00 GMT', '2026-02-01 12:00:00']) expect(holds({ trait: 'trial_ends', after: '2025-12-30T00:00:00Z', before: '2026-02-03T00:00:00Z' }, [], { traits: { trial_ends: { value, atMs: 0 } } }), value).toBe(true);
    for (const value of [NaN, '', null, true, {}, '12345678', '99999999999999999999']) expect(holds({ trait: 'trial_ends', before: '2027-01-01T00:00:00Z', after: '2020-01-01T00:00:00Z' }, [], { traits: { trial_ends: { value, atMs: 0 } } }), String(value)).toBe(false);
    expect(holds({ trait: 'trial_ends', before: '2027-01-01T00:00:00Z' }, [], { traits: { trial_ends: { value: 'soon', atMs: 0 } } })).toBe(false);
  });

  test('look into traits by a path, whose own names may have dots', () => {
    const traits = { address: { value: { country: 'DE', tags: [{ n: 1 }, { n: 2 }] }, atMs: 0 }, 'plan.name': { value: 'pro', atMs: 0 }, constructor: { value: 'x', atMs: 0 } };
    expect(holds({ trait: 'address.country', eq: 'DE' }, [], { traits })).toBe(true);
    expect(holds({ trait: 'address.tags[].n', gte: 2 }, [], { traits })).toBe(true);
    expect(holds({ trait: 'plan.name', eq: 'pro' }, [], { traits })).toBe(true);
    expect(holds({ trait: 'address.toString', exists: true }, [], { traits })).toBe(false);
    const needs = noNeeds();
    compileRule({ trait: 'address.country', eq: 'DE' }, config, needs);
    expect([...needs.traits]).toEqual(['address.country', 'address']);
  });

  test('sum amounts exactly, within days and over all time', () => {
    const hundred = [...Array.from({ length: 10 }, () => bought(1, { total: 9.99 })), bought(2, { total: '0,10' })];
    for (const withinDays of [{}, { withinDays: 30 }, { withinDays: 3660 }]) {
      expect(holds({ sum: 'total', did: 'purchase', atLeast: 100, ...withinDays }, hundred)).toBe(true);
      expect(holds({ sum: 'total', did: 'purchase', below: 100, ...withinDays }, hundred)).toBe(false);
    }
    const longAgo = [bought(399, { total: 200 }), bought(1, { total: 100 })];
    expect(holds({ sum: 'total', did: 'purchase', atLeast: 300 }, longAgo)).toBe(true);
    expect(holds({ sum: 'total', did: 'purchase', atLeast: 300, withinDays: 366 }, longAgo)).toBe(false);
    expect(holds({ any: [{ sum: 'total', did: 'purchase', atLeast: 301, withinDays: 30 }, { sum: 'total', did: 'purchase', atLeast: 300 }] }, longAgo)).toBe(true);
  });

  test('count events within a window; an event exactly as old as the window has left it', () => {
    expect(holds({ did: 'purchase', withinDays: 30 }, [bought(29.99)])).toBe(true);
    expect(holds({ did: 'purchase', withinDays: 30 }, [bought(30)])).toBe(false);
    expect(holds({ did: 'purchase', atLeast: 2, withinDays: 30 }, [bought(1), bought(31)])).toBe(false);
    expect(holds({ did: 'purchase', atLeast: 2 }, [bought(1), bought(31)])).toBe(true);
    expect(holds({ did: 'purchase', exactly: 2, withinDays: 9 }, [bought(1), bought(2), bought(3)])).toBe(false);
    expect(holds({ did: 'purchase', exactly: 3, withinDays: 9 }, [bought(1), bought(2), bought(3)])).toBe(true);
    expect(holds({ did: 'purchase', atMost: 1, withinDays: 9 }, [bought(1)])).toBe(true);
    expect(holds({ did: 'purchase', atMost: 0, withinDays: 9 }, [])).toBe(true);
  });

  test('look at properties, nested ones too', () => {
    const orders = [bought(1, { total: '25.50', shipping: { country: 'DE' }, genres: ['crime', 'poetry'], at: '2026-02-01T00:00:00Z' })];
    const where = (filter: Record<string, unknown>) => holds({ did: 'purchase', where: [filter as never] }, orders);
    expect(where({ property: 'shipping.country', eq: 'DE' })).toBe(true);
    expect(where({ property: 'shipping.country', in: ['AT', 'CH'] })).toBe(false);
    expect(where({ property: 'total', gte: 25, lt: 26 })).toBe(true);
    expect(where({ property: 'total', gt: 25.5 })).toBe(false);
    expect(where({ property: 'genres', contains: 'poetry' })).toBe(true);
    expect(where({ property: 'shipping.country', prefix: 'D' })).toBe(true);
    expect(where({ property: 'coupon', exists: false })).toBe(true);
    expect(where({ property: 'coupon', ne: 'X' })).toBe(true);
    expect(holds({ did: 'purchase', where: [{ property: 'coupon', exists: true }] }, [bought(1, { coupon: '' })])).toBe(false);
    expect(where({ property: 'at', after: '2026-01-31T00:00:00Z', before: '2026-02-02T00:00:00Z' })).toBe(true);
    expect(where({ property: 'constructor', exists: true })).toBe(false);
    expect(where({ property: 'genres[]', eq: 'crime' })).toBe(true);
    expect(where({ property: 'genres[].name', exists: true })).toBe(false);
  });

  test('know the first and the last time', () => {
    const events = [bought(100), bought(5)];
    expect(holds({ first: 'purchase', beforeDays: 90 }, events)).toBe(true);
    expect(holds({ first: 'purchase', withinDays: 90 }, events)).toBe(false);
    expect(holds({ last: 'purchase', withinDays: 7 }, events)).toBe(true);
    expect(holds({ last: 'purchase', beforeDays: 7 }, events)).toBe(false);
    expect(holds({ last: 'purchase', beforeDays: 7 }, [])).toBe(false);
  });

  test('sum a property over days', () => {
    const events = [bought(1, { total: 40 }), bought(3, { total: 30 }), bought(20, { total: 500 })];
    expect(holds({ sum: 'total', did: 'purchase', atLeast: 70, withinDays: 7 }, events)).toBe(true);
    expect(holds({ sum: 'total', did: 'purchase', atLeast: 70.01, withinDays: 7 }, events)).toBe(false);
    expect(holds({ sum: 'total', did: 'purchase', below: 100, withinDays: 7 }, events)).toBe(true);
  });

  test('ask for scores, traits, email engagement, subscription and a random share', () => {
    const scores = { engagement: { value: 60, atMs: now - 30 * day } };
    expect(holds({ score: 'engagement', atLeast: 30 }, [], { scores })).toBe(true);
    expect(holds({ score: 'engagement', atLeast: 30.1 }, [], { scores })).toBe(false);
    expect(holds({ score: 'engagement', atLeast: 'engaged' }, [], { scores, thresholdsOn: ['engaged'] })).toBe(true);
    expect(holds({ score: 'engagement', below: 'engaged' }, [], { scores, thresholdsOn: [] })).toBe(true);
    expect(holds({ trait: 'plan', eq: 'gold' }, [], { traits: { plan: { value: 'gold', atMs: 0 } } })).toBe(true);
    expect(holds({ trait: 'plan', eq: 'gold' })).toBe(false);
    const opened: Happened = { event: 'email_opened', atMs: now - day, properties: { campaign: 'abandoned_cart' } };
    expect(holds({ email: 'opened', campaign: 'abandoned_cart', withinDays: 14 }, [opened])).toBe(true);
    expect(holds({ email: 'opened', campaign: 'welcome', withinDays: 14 }, [opened])).toBe(false);
    expect(holds({ subscribed: true }, [], { mailable: false })).toBe(false);
    const inTenth = Array.from({ length: 2000 }, (_, index) => holds({ random: 'pilot', below: 0.1 }, [], { userKey: `u#${index}` })).filter(Boolean).length;
    expect(inTenth).toBeGreaterThan(150);
    expect(inTenth).toBeLessThan(250);
  });

  test('combine with all, any and not', () => {
    const yes: Rule = { did: 'purchase' };
    const no: Rule = { did: 'refund' };
    expect(holds({ all: [yes, no] }, [bought(1)])).toBe(false);
    expect(holds({ any: [yes, no] }, [bought(1)])).toBe(true);
    expect(holds({ not: { any: [no, { not: yes }] } }, [bought(1)])).toBe(true);
  });

  test('the seed rule: last activity within 7 days and more than zero purchases', () => {
    const rule: Rule = { all: [{ last: '*', withinDays: 7 }, { did: 'purchase' }] };
    expect(holds(rule, [bought(40), { event: 'page_viewed', atMs: now - 6 * day }])).toBe(true);
    expect(holds(rule, [bought(40), { event: 'page_viewed', atMs: now - 8 * day }])).toBe(false);
  });
});

const eventName = fc.constantFrom('a', 'b');
const leaf: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({ did: eventName, atLeast: fc.integer({ min: 0, max: 3 }), withinDays: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ did: eventName, exactly: fc.integer({ min: 0, max: 3 }), withinDays: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ did: eventName, atMost: fc.integer({ min: 0, max: 2 }), withinDays: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ last: eventName, beforeDays: fc.integer({ min: 1, max: 10 }), withinDays: fc.integer({ min: 11, max: 30 }) }),
  fc.record({ first: eventName, withinDays: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ score: fc.constant('engagement'), atLeast: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ sum: fc.constant('total'), did: eventName, atLeast: fc.integer({ min: 1, max: 40 }), withinDays: fc.integer({ min: 1, max: 20 }) }),
);
const anyRule: fc.Arbitrary<Rule> = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.record({ all: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('rule') }),
  ),
})).rule;
const anyEvents = fc.array(
  fc.record({ event: eventName, atMs: fc.integer({ min: now - 40 * day, max: now }), properties: fc.record({ total: fc.integer({ min: 1, max: 30 }) }) }),
  { maxLength: 8 },
);

test('no rule ever changes its answer before the instant that it names', () => {
  fc.assert(
    fc.property(anyRule, anyEvents, fc.double({ min: 1, max: 100, noNaN: true }), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 6 }), (rule, events, value, parts) => {
      const { condition, view } = given(rule, events, { scores: { engagement: { value, atMs: now - day } } });
      const before = isTrue(condition(view, now, config.thresholds));
      const changesAtMs = goodUntilMs(condition(view, now, config.thresholds));
      expect(changesAtMs).toBeGreaterThan(now);
      const horizonMs = Number.isFinite(changesAtMs) ? changesAtMs - 1 : now + 500 * day;
      for (const part of [...parts, 1]) expect(isTrue(condition(view, Math.floor(now + (horizonMs - now) * part), config.thresholds))).toBe(before);
    }),
    { numRuns: 1500 },
  );
});

test('walking from one named instant to the next meets every change that time brings', () => {
  fc.assert(
    fc.property(anyRule, anyEvents, (rule, events) => {
      const { condition, view } = given(rule, events, { scores: { engagement: { value: 50, atMs: now } } });
      let [atMs, steps] = [now, 0];
      while (Number.isFinite(atMs)) {
        const next = goodUntilMs(condition(view, atMs, config.thresholds));
        expect(next).toBeGreaterThan(atMs);
        expect((steps += 1)).toBeLessThan(200);
        atMs = next;
      }
    }),
    { numRuns: 500 },
  );
});
