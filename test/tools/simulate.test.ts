import { expect, test } from 'vitest';
import { commit } from '../../lambdas/adapters/profiles/commit.ts';
import { compilePlan, type Plan } from '../../lambdas/domain/plan/plan.ts';
import type { ConfigInput } from '../../lambdas/schemas/config.ts';
import { eventLines } from '../../tools/generate-events.ts';
import { printReport } from '../../tools/simulate/print.ts';
import type { Report } from '../../tools/simulate/report.ts';
import { bookstorePlan, cartWaitsHours, configWith, dayMs, hourMs, momentAt, startMs } from '../support/events.ts';
import { FakeWorkflows, MemoryProfiles, MemoryWaits } from '../support/fakes.ts';
import { eventsIn, reportOf, sourceOf } from '../support/simulate.ts';

type Line = Record<string, unknown> | string;

const textOf = (lines: readonly Line[]) => lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');

interface Given {
  plan?: Plan;
  untilMs?: number;
  userId?: string;
}

const reportOn = (lines: readonly Line[], { plan = bookstorePlan, ...given }: Given = {}): Promise<Report> => reportOf(sourceOf(textOf(lines), plan.config), given);

const at = (days: number, hours = 0) => new Date(startMs + days * dayMs + hours * hourMs).toISOString();
const track = (event: string, timestamp: string, more: Record<string, unknown> = {}) => ({
  type: 'track',
  userId: 'ana',
  event,
  timestamp,
  ...more,
});
const reader = { type: 'identify', userId: 'ana', timestamp: at(0), traits: { email: 'ana@reader.example', marketing_consent: true } };
const book = { properties: { product_id: 'emma', name: 'Emma' } };
const finalSizes = ({ sizes }: Report) => sizes.at(-1)?.segments;

test('time alone changes segments on the right day, and the rows of sizes show it', async () => {
  const report = await reportOn([track('purchase', at(0, 12))], { untilMs: startMs + 40 * dayMs });
  expect(report.sizes.map(({ segments }) => segments.recent_buyers)).toEqual([1, 1, 1, 1, 1, 0, 0]);
  expect(report.sizes.map(({ at: rowAt }) => rowAt.slice(0, 10))).toEqual([
    '2026-03-02',
    '2026-03-09',
    '2026-03-16',
    '2026-03-23',
    '2026-03-30',
    '2026-04-06',
    '2026-04-10',
  ]);
  expect(report.transitions).toEqual([
    { from: null, to: 'recent_buyers', count: 1, byTime: 0 },
    { from: 'recent_buyers', to: 'everyone_else', count: 1, byTime: 1 },
  ]);
});

test('the order of the lines does not matter', async () => {
  const lines = [...eventLines(3000, 120, 4)];
  const shuffled = lines
    .map((line, index) => ({ line, key: (index * 7919) % 3000 }))
    .sort((a, b) => a.key - b.key)
    .map(({ line }) => line);
  expect(await reportOn(shuffled)).toEqual(await reportOn(lines));
});

test('ends with the same segments as committing the same events late and in one go', async () => {
  const lines = [...eventLines(4000, 150, 2)];
  const { events } = await eventsIn(textOf(lines), bookstorePlan.config);
  const untilMs = events.at(-1)?.atMs as number;
  const store = new MemoryProfiles();
  const deps = { plan: bookstorePlan, store, workflows: new FakeWorkflows(), waits: new MemoryWaits() };
  for (const [index, event] of events.entries()) {
    const sequenced = [{ sequenceNumber: String(index + 1), event }];
    const { forwardTo } = await commit(deps, event.userKey, sequenced, momentAt(untilMs));
    if (forwardTo !== undefined)
      await commit(
        deps,
        forwardTo,
        [{ ...sequenced[0], event: { ...event, userKey: forwardTo, anonymousKey: event.userKey } } as (typeof sequenced)[0]],
        momentAt(untilMs),
      );
  }
  const expected: Record<string, number> = { recent_buyers: 0, fans: 0, engaged_browsers: 0, dormant: 0, everyone_else: 0 };
  for (const { into, seg } of store.items.values()) if (into === undefined && seg) expected[seg[0]] = (expected[seg[0]] as number) + 1;

  const report = await reportOn(lines, { untilMs });
  expect(finalSizes(report)).toEqual(expected);
  expect(report.events.duplicates).toBeGreaterThan(5);
  expect(report.people).toBeLessThan(new Set(events.map(({ userKey }) => userKey)).size);
});

test('a line that cannot be read is counted with its number and reason, and the rest goes on', async () => {
  const { events, people } = await reportOn([
    'not json',
    track('purchase', at(0), { messageId: 'm1' }),
    track('purchase', at(1), { messageId: 'm1' }),
    '',
    { ...track('purchase', at(0)), userId: undefined },
    { ...track('purchase', at(0)), type: 'purchase' },
    track('purchase', 'yesterday'),
    { type: 'track', userId: 'ana', event: 'purchase' },
    track('product_updated', at(0), book),
    '[1]',
    { ...track('purchase', at(0)), receivedAt: 'soon' },
  ]);
  expect(events).toMatchObject({ read: 3, applied: 1, duplicates: 1, catalogue: 1, refused: { count: 7 } });
  expect(events.refused.first.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
    '1 not JSON',
    '5 neither userId nor anonymousId',
    '6 type "purchase": must be one of track, identify, page, screen, group, alias',
    '7 "yesterday" is no time',
    '8 no timestamp',
    '10 not a JSON object',
    '11 "soon" is no time',
  ]);
  expect(people).toBe(1);
});

test('the clock of a device is corrected by sentAt and receivedAt', async () => {
  const report = await reportOn([{ ...track('purchase', at(100)), sentAt: at(100, 1), receivedAt: at(0, 2) }]);
  expect(report.at).toBe(at(0, 1));
});

test('events after the end are left out', async () => {
  const report = await reportOn([track('page_viewed', at(0)), track('purchase', at(5))], { untilMs: startMs + dayMs });
  expect(report.events).toMatchObject({ applied: 1, afterTheEnd: 1 });
  expect(finalSizes(report)?.recent_buyers).toBe(0);
});

test('anonymous history becomes part of the known person, with its workflow, and later anonymous events follow', async () => {
  const report = await reportOn(
    [
      { type: 'track', anonymousId: 'phone', event: 'product_viewed', timestamp: at(0), ...book },
      { type: 'track', anonymousId: 'phone', event: 'add_to_cart', timestamp: at(0, 1), ...book },
      { ...reader, timestamp: at(0, 2) },
      { type: 'alias', userId: 'ana', previousId: 'phone', timestamp: at(0, 3) },
      { type: 'track', anonymousId: 'phone', event: 'product_viewed', timestamp: at(0, 4), ...book },
      { type: 'track', anonymousId: 'phone', event: 'product_viewed', timestamp: at(0, 5), ...book },
    ],
    { untilMs: startMs + 4 * dayMs, userId: 'phone' },
  );
  expect(report.people).toBe(1);
  expect(finalSizes(report)).toMatchObject({ engaged_browsers: 1, everyone_else: 0 });
  expect(report.emails.abandoned_cart?.offer).toEqual({ sent: 1, skipped: {} });
  expect(report.person).toMatchObject({
    userKey: 'u#ana',
    absorbed: ['a#phone'],
    signals: expect.arrayContaining([expect.objectContaining({ event: 'product_viewed', count: 3 })]),
  });
  expect(report.person?.story.map(({ text }) => text)).toContain('a#phone becomes part of u#ana');
});

test('two devices that take turns on one history count as one person', async () => {
  const view = (anonymousId: string, hours: number, more: object = {}) => ({
    type: 'track',
    anonymousId,
    event: 'product_viewed',
    timestamp: at(0, hours),
    ...book,
    ...more,
  });
  const report = await reportOn([
    view('a', 0),
    view('b', 1),
    view('b', 2, { userId: 'ana' }),
    view('a', 3, { userId: 'ana' }),
    view('b', 4),
  ]);
  expect(report.people).toBe(1);
  expect(report.events.applied).toBe(5);
  expect(finalSizes(report)).toMatchObject({ engaged_browsers: 1 });
});

test('the history of a device belongs to whom it was given first', async () => {
  const view = (hours: number, userId?: string) => ({
    type: 'track',
    anonymousId: 'phone',
    event: 'product_viewed',
    timestamp: at(0, hours),
    ...book,
    ...(userId && { userId }),
  });
  const report = await reportOn([view(0), view(1), view(2, 'ana'), view(3, 'ben'), view(4)], { userId: 'ben' });
  expect(report.person?.signals).toContainEqual(expect.objectContaining({ event: 'product_viewed', count: 1 }));
  expect(finalSizes(report)).toMatchObject({ engaged_browsers: 1, everyone_else: 1 });
});

test('what happens at the instant of a row is in the row', async () => {
  const report = await reportOn([track('page_viewed', at(0, 1)), track('purchase', at(1))], { untilMs: startMs + 2 * dayMs });
  expect(report.sizes.map(({ segments }) => segments.recent_buyers)).toEqual([1, 1]);
});

test('a byte order mark at the start of the file is no part of its first line', async () => {
  expect((await reportOn([`\uFEFF${JSON.stringify(track('purchase', at(0)))}`])).events).toMatchObject({
    applied: 1,
    refused: { count: 0 },
  });
});

test('a duplicate leaves no trace in the cart', async () => {
  const lines = [
    reader,
    track('add_to_cart', at(0, 1), { ...book, messageId: 'm1' }),
    track('remove_from_cart', at(0, 2), { ...book, messageId: 'm1' }),
  ];
  expect((await reportOn(lines, { untilMs: startMs + 3 * dayMs })).emails.abandoned_cart?.offer).toEqual({ sent: 1, skipped: {} });
});

test('a workflow sends after its waits, and the follow-up only to those who clicked in between', async () => {
  const cart = [reader, track('add_to_cart', at(0, 1), book)];
  const [offer, reminder] = cartWaitsHours;
  const offerAt = 1 + offer;
  const click = (hours: number, properties: object = { campaign: 'abandoned_cart', step: 'offer' }) => track('email_clicked', at(0, hours), { properties });
  const emails = async (lines: Line[], untilHours: number) => (await reportOn(lines, { untilMs: startMs + untilHours * hourMs })).emails.abandoned_cart;

  expect(await emails(cart, offerAt - 1)).toEqual({ offer: { sent: 0, skipped: {} }, reminder: { sent: 0, skipped: {} } });
  const clicked = [...cart, click(offerAt + 1)];
  expect(await emails(clicked, offerAt + reminder + 1)).toEqual({ offer: { sent: 1, skipped: {} }, reminder: { sent: 1, skipped: {} } });
  // A click before the email went, in another email, or after the wait, is no click in this one.
  for (const other of [click(offerAt - 1), click(offerAt + 1, { campaign: 'other', step: 'offer' }), click(offerAt + reminder + 1)]) {
    expect(await emails([...cart, other], offerAt + reminder + 2)).toEqual({
      offer: { sent: 1, skipped: {} },
      reminder: { sent: 0, skipped: { 'not-clicked': 1 } },
    });
  }
  expect((await reportOn(clicked, { untilMs: startMs + (offerAt + reminder - 1) * hourMs })).workflows.abandoned_cart).toEqual({
    started: 1,
    finished: 0,
    running: 1,
    stopped: {},
  });
});

test('emails are refused for the reasons for which send-email refuses them', async () => {
  const skipped = async (lines: Line[]) => (await reportOn(lines, { untilMs: startMs + 5 * dayMs })).emails.abandoned_cart?.offer?.skipped;
  const cart = track('add_to_cart', at(0, 1), book);
  expect(await skipped([cart])).toEqual({ 'no-address': 1 });
  expect(await skipped([{ ...reader, traits: { email: 'ana@reader.example' } }, cart])).toEqual({ 'no-consent': 1 });
  expect(await skipped([reader, cart, track('remove_from_cart', at(0, 2), book)])).toEqual({ 'no-content': 1 });
  expect(await skipped([reader, cart, track('email_unsubscribed', at(1), { properties: { topic: 'offers' } })])).toEqual({
    unsubscribed: 1,
  });
});

test('what ends a campaign stops its workflow, and the cause is counted', async () => {
  const report = await reportOn([reader, track('add_to_cart', at(0, 1), book), track('purchase', at(1), book)], {
    untilMs: startMs + 5 * dayMs,
  });
  expect(report.workflows.abandoned_cart).toEqual({ started: 1, finished: 0, running: 0, stopped: { purchase: 1 } });
  expect(report.emails.abandoned_cart?.offer).toEqual({ sent: 0, skipped: {} });
});

const overlapping = compilePlan(
  configWith({
    segments: [
      { name: 'viewers', title: '', when: { did: 'product_viewed' } },
      { name: 'busy', title: '', when: { did: 'product_viewed', atLeast: 2 } },
      { name: 'buyers', title: '', when: { did: 'purchase' } },
      { name: 'refunded', title: '', when: { did: 'refund' } },
    ],
  } as Partial<ConfigInput>),
);

test('overlaps look behind the order, and segments that nobody reached are warned of', async () => {
  const view = (userId: string, hours: number) => ({ ...track('product_viewed', at(0, hours), book), userId });
  const report = await reportOn(
    [
      view('ana', 0),
      view('ana', 1),
      view('ben', 1),
      { ...track('purchase', at(0, 2), book), userId: 'ben' },
      { ...track('purchase', at(0, 2), book), userId: 'cem' },
    ],
    { plan: overlapping },
  );
  expect(report.overlaps).toEqual({
    viewers: { viewers: 2, busy: 1, buyers: 1, refunded: 0 },
    busy: { viewers: 1, busy: 1, buyers: 0, refunded: 0 },
    buyers: { viewers: 1, busy: 0, buyers: 2, refunded: 0 },
    refunded: { viewers: 0, busy: 0, buyers: 0, refunded: 0 },
  });
  expect(report.warnings).toEqual([
    'nobody was ever in busy: 1 meet its rule at the end, and segments before it take them all',
    'nobody was ever in refunded, and nobody meets its rule at the end',
    '1 meet the rules of viewers and busy at the end; viewers stands before busy',
    '1 meet the rules of viewers and buyers at the end; viewers stands before buyers',
  ]);
});

test('overlaps ask for thresholds as they are at the end', async () => {
  const plan = compilePlan(
    configWith({
      segments: [
        { name: 'buyers', title: '', when: { did: 'purchase', withinDays: 300 } },
        { name: 'fans', title: '', when: { score: 'engagement', atLeast: 'engaged' } },
      ],
    }),
  );
  const purchases = Array.from({ length: 6 }, (_, index) => track('purchase', at(0, index)));
  const fans = async (days: number) => (await reportOn(purchases, { plan, untilMs: startMs + days * dayMs })).overlaps.fans?.fans;
  expect(await fans(1)).toBe(1);
  expect(await fans(30)).toBe(0);
});

test('one person is explained: each condition, whether it holds and when time would change it', async () => {
  const report = await reportOn([reader, track('purchase', at(1), book)], { untilMs: startMs + 10 * dayMs, userId: 'ana' });
  expect(report.person).toMatchObject({ userKey: 'u#ana', segment: 'recent_buyers', since: at(1), mailable: true });
  expect(report.person?.scores.engagement).toBeCloseTo(10 * 2 ** (-9 / 30), 9);
  expect(report.person?.segments[0]).toEqual({
    name: 'recent_buyers',
    reason: { sentence: 'did purchase within 30 days', holds: true, changesAt: at(31) },
  });
  const browsers = report.person?.segments[2]?.reason;
  expect(browsers).toMatchObject({
    kind: 'all',
    holds: false,
    parts: [{ holds: false }, { kind: 'not', holds: false, parts: [{ sentence: 'did purchase', holds: true }] }],
  });
  expect(printReport(report)).toContain('yes did purchase within 30 days; time alone changes it on 2026-04-01 00:00 at the earliest');
  expect(printReport(report)).toContain('2026-03-02 00:00  u#ana: segment everyone_else -> recent_buyers, because of purchase');
});

test('tables show what the report holds', async () => {
  const text = printReport(await reportOn(['x', reader, track('add_to_cart', at(0, 1), book), track('purchase', at(1), book)]));
  expect(text).toContain('3 events read, 3 applied, 0 duplicates, 1 lines refused\n  line 1: not JSON');
  expect(text).toMatch(/2026-03-02 00:00 +1 +0 +0 +0 +0 +1\n/);
  expect(text).toMatch(/everyone_else +1\n/);
  expect(text).toContain('abandoned_cart: 1 started, 0 ended by themselves, 0 still running, 1 stopped by purchase');
});
