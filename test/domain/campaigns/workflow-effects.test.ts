import { describe, expect, test } from 'vitest';
import { emptyContent } from '../../../lambdas/domain/profile/content.ts';
import type { Effect } from '../../../lambdas/domain/profile/effects.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { compilePlan, type Plan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { settle, underRulesInForce } from '../../../lambdas/domain/fold/settle.ts';
import type { ConfigInput } from '../../../lambdas/schemas/config.ts';
import { configWith, dayMs, hourMs, momentAt, startMs, track } from '../../support/events.ts';

type Campaign = ConfigInput['campaigns'][string];
type Segments = ConfigInput['segments'];

const step = { mail: { email: 'welcome-hello', afterHours: 1, shows: 'none' } } as const;
const campaign = (change: Partial<Campaign> & Pick<Campaign, 'entry' | 'exit'>): Campaign => ({
  title: 'Test',
  stateMachine: 'test',
  topic: 'offers',
  startsWithoutAddress: true,
  maxTriggerAgeHours: 24,
  steps: step,
  ...change,
});

function planWith(one: Campaign, segments?: Segments): Plan {
  return compilePlan(configWith({ campaigns: { test: one }, ...(segments && { segments }) }));
}

/** A person to whom events happen one at a time, each at its own moment. */
function person(plan: Plan) {
  let profile: Profile = { ...emptyProfile('u#ana'), version: 1 };
  let sequence = 0;
  const take = (next: Profile): Effect[] => {
    const effects = next.outbox;
    profile = { ...next, outbox: [] };
    return effects.filter(({ kind }) => kind !== 'transition' && kind !== 'conversion');
  };
  return {
    profile: () => profile,
    happens: (event: DomainEvent, nowMs = event.atMs, by = plan) => {
      sequence += 1;
      return take(fold(by, profile, emptyContent(), [{ sequenceNumber: String(sequence), event }], momentAt(nowMs, by)).profile);
    },
    timePasses: (nowMs: number, by = plan) => take(settle(by, underRulesInForce(by, profile, momentAt(nowMs, by)), momentAt(nowMs, by))),
  };
}

const kinds = (effects: Effect[]) => effects.map(({ kind }) => kind);
const buyers: Segments = [
  { name: 'buyers', title: '', when: { did: 'purchase', withinDays: 30 } },
  { name: 'dormant', title: '', when: { all: [{ did: '*' }, { not: { did: '*', withinDays: 90 } }] } },
];

describe('entry', () => {
  test('by entering a segment, at the moment of the change', () => {
    const ana = person(planWith(campaign({ entry: { entersSegment: 'buyers' }, exit: { event: 'refund' } }), buyers));
    expect(ana.happens(track('product_viewed', startMs))).toEqual([]);
    expect(ana.happens(track('purchase', startMs + hourMs))).toMatchObject([{ kind: 'start', campaign: 'test', entryAtMs: startMs + hourMs, key: '-' }]);
    expect(ana.happens(track('purchase', startMs + 2 * hourMs))).toEqual([]);
  });

  test('by leaving a segment, which time alone may cause', () => {
    const ana = person(planWith(campaign({ entry: { leavesSegment: 'buyers' }, exit: { event: 'purchase' } }), buyers));
    ana.happens(track('purchase', startMs));
    const { dueAtMs = 0 } = ana.profile();
    expect(dueAtMs).toBeLessThanOrEqual(startMs + 30 * dayMs + 1);
    expect(kinds(ana.timePasses(startMs + 31 * dayMs))).toEqual(['start']);
  });

  test('not by imported history, nor by late events', () => {
    const plan = planWith(campaign({ entry: { entersSegment: 'buyers' }, exit: { event: 'refund' } }), buyers);
    expect(person(plan).happens(track('purchase', startMs, {}, {}, { source: 'import' }))).toEqual([]);
    const byEvent = planWith(campaign({ entry: { event: 'add_to_cart' }, exit: { event: 'purchase' } }));
    expect(person(byEvent).happens(track('add_to_cart', startMs, {}, {}, { source: 'import' }))).toEqual([]);
    expect(person(byEvent).happens(track('add_to_cart', startMs), startMs + 25 * hourMs)).toEqual([]);
  });

  test('not because the rules were changed, but still because time passed under the new ones', () => {
    const entry = campaign({ entry: { entersSegment: 'dormant' }, exit: { event: 'refund' } });
    const plan = planWith(entry, buyers);
    const shorter: Segments = [buyers[0] as Segments[0], { name: 'dormant', title: '', when: { all: [{ did: '*' }, { not: { did: '*', withinDays: 60 } }] } }];
    const changed = planWith(entry, shorter);
    const moved = person(plan);
    moved.happens(track('product_viewed', startMs));
    moved.timePasses(startMs + 70 * dayMs);
    expect(moved.profile().segment?.name).toBe('everyone_else');
    expect(moved.timePasses(startMs + 80 * dayMs, changed)).toEqual([]);
    expect(moved.profile().segment?.name).toBe('dormant');
    const waited = person(plan);
    waited.happens(track('product_viewed', startMs));
    const longer = planWith(entry, [buyers[0] as Segments[0], { name: 'dormant', title: '', when: { all: [{ did: '*' }, { not: { did: '*', withinDays: 120 } }] } }]);
    expect(waited.timePasses(startMs + 91 * dayMs, longer)).toEqual([]);
    expect(kinds(waited.timePasses(startMs + 121 * dayMs, longer))).toEqual(['start']);
  });

  test('only when its condition holds after the event', () => {
    const ana = person(planWith(campaign({ entry: { event: 'product_viewed', when: { did: 'product_viewed', atLeast: 2, withinDays: 7 } }, exit: { event: 'purchase' } })));
    expect(ana.happens(track('product_viewed', startMs))).toEqual([]);
    expect(kinds(ana.happens(track('product_viewed', startMs + hourMs)))).toEqual(['start']);
  });

  test('asks for the segment that the person is in, not for its rule', () => {
    const overlapping: Segments = [...buyers, { name: 'viewers', title: '', when: { did: 'product_viewed' } }];
    const ana = person(planWith(campaign({ entry: { event: 'signed_up', when: { segment: 'viewers' } }, exit: { event: 'refund' } }), overlapping));
    ana.happens(track('product_viewed', startMs));
    ana.happens(track('purchase', startMs + 1));
    expect(ana.happens(track('signed_up', startMs + 2))).toEqual([]);
  });
});

describe('re-entry', () => {
  const shop = (change: Partial<Campaign>) => person(planWith(campaign({ entry: { event: 'add_to_cart' }, exit: { event: 'purchase' }, ...change })));
  const add = (atMs: number, properties = {}) => track('add_to_cart', atMs, properties);

  test('always: again as soon as the last one is over', () => {
    const ana = shop({});
    expect(kinds(ana.happens(add(startMs)))).toEqual(['start']);
    expect(ana.happens(add(startMs + hourMs))).toEqual([]);
    expect(kinds(ana.happens(track('purchase', startMs + 2 * hourMs)))).toEqual(['stop']);
    expect(kinds(ana.happens(add(startMs + 3 * hourMs)))).toEqual(['start']);
  });

  test('once: never again', () => {
    const ana = shop({ reentry: 'once' });
    ana.happens(add(startMs));
    ana.happens(track('purchase', startMs + hourMs));
    expect(ana.happens(add(startMs + 300 * dayMs))).toEqual([]);
    expect(ana.profile().entries).toEqual({ 'test|-': startMs });
  });

  test('after a cooldown, which is then forgotten', () => {
    const ana = shop({ reentry: { cooldownHours: 48 } });
    ana.happens(add(startMs));
    ana.happens(track('purchase', startMs + hourMs));
    expect(ana.happens(add(startMs + 47 * hourMs))).toEqual([]);
    expect(kinds(ana.happens(add(startMs + 48 * hourMs)))).toEqual(['start']);
    ana.happens(track('page_viewed', startMs + 100 * hourMs));
    expect(ana.profile().entries).toEqual({});
  });

  test('keyed: two carts are two workflows, and each has its own re-entry', () => {
    const ana = shop({ keyProperty: 'cart_id', reentry: 'once' });
    expect(ana.happens(add(startMs, { cart_id: 1 }))).toMatchObject([{ kind: 'start', key: '1' }]);
    expect(ana.happens(add(startMs + 1, { cart_id: 1 }))).toEqual([]);
    expect(ana.happens(add(startMs + 2, { cart_id: 2 }))).toMatchObject([{ kind: 'start', key: '2' }]);
  });

  test('concurrent: several at once, and one exit ends them all', () => {
    const ana = shop({ concurrent: true });
    const first = ana.happens(add(startMs));
    const second = ana.happens(add(startMs + 1));
    expect(kinds([...first, ...second])).toEqual(['start', 'start']);
    expect(kinds(ana.happens(track('purchase', startMs + hourMs)))).toEqual(['stop', 'stop']);
  });
});

describe('exit', () => {
  test('by a rule that an event makes true, with the cause', () => {
    const ana = person(planWith(campaign({ entry: { event: 'add_to_cart' }, exit: { when: { did: 'product_viewed', atLeast: 2, withinDays: 1 } } })));
    ana.happens(track('add_to_cart', startMs));
    ana.happens(track('product_viewed', startMs + 1));
    expect(ana.happens(track('product_viewed', startMs + 2))).toMatchObject([{ kind: 'stop', cause: 'the exit rule of test holds' }]);
    expect(ana.profile().runs).toEqual({});
  });

  test('by a rule that time makes true, at the instant when it does', () => {
    const ana = person(planWith(campaign({ entry: { event: 'add_to_cart' }, exit: { when: { not: { did: 'product_viewed', withinDays: 2 } } }, steps: { mail: { ...step.mail, afterHours: 240 } } })));
    ana.happens(track('product_viewed', startMs));
    ana.happens(track('add_to_cart', startMs + 1));
    const { dueAtMs = Infinity } = ana.profile();
    expect(dueAtMs).toBeLessThanOrEqual(startMs + 2 * dayMs + 1);
    expect(kinds(ana.timePasses(startMs + 2 * dayMs + 1))).toEqual(['stop']);
  });

  test('is due too when a change of segment has just started the workflow', () => {
    const ana = person(
      planWith(campaign({ entry: { entersSegment: 'buyers' }, exit: { when: { not: { did: 'purchase', withinDays: 3 } } }, steps: { mail: { ...step.mail, afterHours: 240 } } }), buyers),
    );
    expect(kinds(ana.happens(track('purchase', startMs)))).toEqual(['start']);
    expect(ana.profile().dueAtMs).toBeLessThanOrEqual(startMs + 3 * dayMs + 1);
  });

  test('holds already: nothing starts', () => {
    const ana = person(planWith(campaign({ entry: { event: 'add_to_cart' }, exit: { when: { did: 'product_viewed' } } })));
    ana.happens(track('product_viewed', startMs));
    expect(ana.happens(track('add_to_cart', startMs + 1))).toEqual([]);
  });
});

test('an event that a workflow waits for lets the running ones go on', () => {
  const ana = person(planWith(campaign({ entry: { event: 'signed_up' }, exit: { event: 'purchase' }, waits: { look: { event: 'product_viewed', where: [{ property: 'kind', eq: 'book' }], timeoutHours: 5 } } })));
  expect(ana.happens(track('product_viewed', startMs - 1, { kind: 'book' }))).toEqual([]);
  const [start] = ana.happens(track('signed_up', startMs));
  expect(ana.happens(track('product_viewed', startMs + 1, { kind: 'toy' }))).toEqual([]);
  expect(ana.happens(track('product_viewed', startMs + 2, { kind: 'book' }))).toEqual([
    { kind: 'resume', campaign: 'test', executionName: (start as { executionName: string }).executionName, wait: 'look', atMs: startMs + 2 },
  ]);
  expect(ana.happens(track('product_viewed', startMs + 3, { kind: 'book' }))).toEqual([]);
});

describe('a cart whose wait begins anew', () => {
  const cartCampaign = (change: Partial<Campaign> = {}) => campaign({ entry: { event: 'add_to_cart' }, exit: { event: 'purchase' }, ...change });
  const put = (atMs: number, more: Parameters<typeof track>[4] = {}) => track('add_to_cart', atMs, { product_id: 'b1' }, {}, more);
  const runOf = (ana: ReturnType<typeof person>) => Object.values(ana.profile().runs)[0];

  test('does so with each touch, without another workflow, and lives as long from then on', () => {
    const plan = planWith(cartCampaign());
    const ana = person(plan);
    ana.happens(put(startMs));
    expect(ana.happens(put(startMs + 40 * hourMs))).toEqual([]);
    expect(ana.happens(track('remove_from_cart', startMs + 41 * hourMs, { product_id: 'b1' }))).toEqual([]);
    expect(runOf(ana)).toMatchObject({ entryAtMs: startMs, restartedAtMs: startMs + 41 * hourMs, endsAtMs: startMs + 41 * hourMs + (plan.campaigns[0]?.lifetimeMs ?? 0) });
    ana.happens(put(startMs + 30 * hourMs), startMs + 42 * hourMs);
    expect(runOf(ana)?.restartedAtMs).toBe(startMs + 41 * hourMs);
    ana.happens(put(startMs + 50 * hourMs, { source: 'import' }));
    expect(runOf(ana)?.restartedAtMs).toBe(startMs + 41 * hourMs);
  });

  test.each<[string, Partial<Campaign>, boolean]>([
    ['not when the config says so', { entry: { event: 'add_to_cart', restart: false } }, false],
    ['not for campaigns of other events', { entry: { event: 'product_viewed' } }, false],
    ['for these as well when the config says so', { entry: { event: 'product_viewed', restart: true } }, true],
    ['not where each event has a workflow of its own', { concurrent: true }, false],
    ['not for another key', { keyProperty: 'cart_id' }, false],
    ['not by an event that the entry leaves out', { entry: { event: 'add_to_cart', where: [{ property: 'big', eq: true }] } }, false],
  ])('%s', (_what, change, restarts) => {
    const ana = person(planWith(cartCampaign(change)));
    const name = (change.entry as { event?: string } | undefined)?.event ?? 'add_to_cart';
    ana.happens(track(name, startMs, { cart_id: 'one', big: true }));
    ana.happens(track(name, startMs + hourMs, { cart_id: 'two' }));
    const run = Object.values(ana.profile().runs).find(({ entryAtMs }) => entryAtMs === startMs);
    expect(run?.restartedAtMs).toBe(restarts ? startMs + hourMs : undefined);
  });

  test('is ended by an order that another clock dates seconds before it, whichever is told first', () => {
    const [one, other, late] = [person(planWith(cartCampaign())), person(planWith(cartCampaign())), person(planWith(cartCampaign()))];
    one.happens(put(startMs + 20_000));
    expect(kinds(one.happens(track('purchase', startMs), startMs + 21_000))).toEqual(['stop']);
    other.happens(track('purchase', startMs));
    expect(other.happens(put(startMs + 20_000))).toEqual([]);
    late.happens(track('purchase', startMs));
    expect(kinds(late.happens(put(startMs + 31_000)))).toEqual(['start']);
  });

  test('keeps to the time of the order in other campaigns: who has ordered may sign up at once', () => {
    const ana = person(planWith(campaign({ entry: { event: 'signed_up' }, exit: { event: 'purchase' } })));
    ana.happens(track('purchase', startMs));
    expect(kinds(ana.happens(track('signed_up', startMs + 5000)))).toEqual(['start']);
  });

  test('goes on as a new one when an order is told late, and something was put in after it', () => {
    const ana = person(planWith(cartCampaign()));
    ana.happens(put(startMs));
    ana.happens(put(startMs + 3 * hourMs));
    expect(ana.happens(track('purchase', startMs + hourMs), startMs + 4 * hourMs)).toMatchObject([{ kind: 'stop' }, { kind: 'start', entryAtMs: startMs + 3 * hourMs }]);
    expect(runOf(ana)).toMatchObject({ entryAtMs: startMs + 3 * hourMs });
  });
});
