import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, keptClicks, withFeedback, type MessageFeedback } from '../../../lambdas/domain/feedback/message.ts';
import { sesEvent, type SesEvent } from '../../../lambdas/schemas/ses-event.ts';
import { startMs } from '../../support/events.ts';

type Detail = SesEvent['detail'];

const minute = 60_000;
const iso = (afterMs: number) => new Date(startMs + afterMs).toISOString();
const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const detail = (eventType: Detail['eventType'], more: object = {}): Detail =>
  sesEvent.parse({ source: 'aws.ses', detail: { eventType, mail: { messageId: 'm1', timestamp: iso(0) }, ...more } }).detail;
const delivery = (afterMs: number) => detail('Delivery', { delivery: { timestamp: iso(afterMs) } });
const opened = (afterMs: number, userAgent = browser) => detail('Open', { open: { timestamp: iso(afterMs), userAgent, ipAddress: '81.2.69.142' } });
const clicked = (afterMs: number, link = 'a', userAgent = browser) => detail('Click', { click: { timestamp: iso(afterMs), link, userAgent } });
const bounced = (afterMs: number, bounceType: string) => detail('Bounce', { bounce: { timestamp: iso(afterMs), bounceType } });
const after = (details: readonly Detail[], known: MessageFeedback = {}) => details.reduce(withFeedback, known);

describe('what is known of a message', () => {
  test('is when SES took it, whatever was told first', () => {
    expect(after([delivery(900)])).toEqual({ sentAtMs: startMs, messageId: 'm1', deliveredAtMs: startMs + 900 });
    expect(after([detail('Send')], { sentAtMs: startMs + 40 })).toEqual({ sentAtMs: startMs, messageId: 'm1' });
  });

  test.each([
    ['DeliveryDelay', { deliveryDelay: { timestamp: iso(1) } }, { delayedAtMs: startMs + 1 }],
    ['Complaint', { complaint: { timestamp: iso(1) } }, { complainedAtMs: startMs + 1 }],
    ['Reject', { reject: { reason: 'Bad content' } }, { rejectedAtMs: startMs }],
    ['Rendering Failure', { failure: { errorMessage: 'no' } }, { failedAtMs: startMs }],
    ['Subscription', { subscription: { timestamp: iso(1) } }, { unsubscribedAtMs: startMs + 1 }],
  ] as const)('has a mark for %s', (eventType, more, marks) => {
    expect(after([detail(eventType, more)])).toEqual({ sentAtMs: startMs, messageId: 'm1', ...marks });
  });

  test('tells soft bounces, which are counted, from hard ones', () => {
    expect(after([bounced(1, 'Permanent')])).toMatchObject({ bouncedAtMs: startMs + 1 });
    const soft = after([bounced(9, 'Transient'), bounced(5, 'Undetermined'), bounced(9, 'Transient')]);
    expect(soft).toMatchObject({ softBouncedAtMs: startMs + 5, softBounces: 2 });
    expect(soft).not.toHaveProperty('bouncedAtMs');
  });

  test('keeps what a machine did apart', () => {
    const known = after([delivery(900), opened(1000, 'Mozilla/5.0'), clicked(minute, 'a', 'curl/8.7.1')]);
    expect(known).toMatchObject({ autoOpenedAtMs: startMs + 1000, autoClickedAtMs: startMs + minute });
    expect(known).not.toHaveProperty('openedAtMs');
    expect(known).not.toHaveProperty('clickedAtMs');
  });

  test('takes a person who follows a link for one who has opened the email', () => {
    expect(after([clicked(minute)])).toMatchObject({ clickedAtMs: startMs + minute, openedAtMs: startMs + minute });
    expect(after([clicked(minute), opened(9000)])).toMatchObject({ openedAtMs: startMs + 9000 });
  });

  test('takes a click back that proves to be one of a scanner', () => {
    const first = after([clicked(minute, 'a')]);
    expect(first).toMatchObject({ clickedAtMs: startMs + minute });
    const burst = after([clicked(minute + 300, 'b')], first);
    expect(burst).toMatchObject({ autoClickedAtMs: startMs + minute });
    expect(burst).not.toHaveProperty('clickedAtMs');
    expect(burst).not.toHaveProperty('openedAtMs');
    expect(after([clicked(5 * minute, 'a')], burst)).toMatchObject({ clickedAtMs: startMs + 5 * minute });
  });

  test('takes a click back that came before the delivery, when that is told', () => {
    expect(after([clicked(8000), delivery(7000)])).not.toHaveProperty('clickedAtMs');
  });

  test('stays small when a scanner goes on and on', () => {
    const known = after(Array.from({ length: 300 }, (_, index) => clicked(minute + index * 10, `link ${index % 7}`)));
    expect(known.evidence?.clicks).toHaveLength(keptClicks);
  });
});

const someDetail = fc.oneof(
  fc.constant(detail('Send')),
  fc.integer({ min: 0, max: 20 }).map((s) => delivery(s * 500)),
  fc.tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom(browser, 'Mozilla/5.0', '')).map(([s, agent]) => opened(s * 500, agent)),
  fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom('a', 'b', 'c'), fc.constantFrom(browser, browser, 'curl/8')).map(([s, link, agent]) => clicked(s * 500, link, agent)),
  fc.tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom('Permanent', 'Transient', 'Undetermined')).map(([s, type]) => bounced(s * 500, type)),
  fc.integer({ min: 0, max: 9 }).map((s) => detail('Complaint', { complaint: { timestamp: iso(s) } })),
  fc.integer({ min: 0, max: 9 }).map((s) => detail('DeliveryDelay', { deliveryDelay: { timestamp: iso(s) } })),
  fc.integer({ min: 0, max: 9 }).map((s) => detail('Subscription', { subscription: { timestamp: iso(s) } })),
  fc.constantFrom(detail('Reject'), detail('Rendering Failure')),
);
/** Over what a record keeps, too. */
const flood = fc.integer({ min: 0, max: 90 }).map((count) => Array.from({ length: count }, (_, index) => clicked(minute + index * 700, `link ${index}`)));

test('any order and repetition of what SES tells ends in the same record', () => {
  const told = fc.tuple(fc.array(someDetail, { minLength: 1, maxLength: 14 }), flood).map(([some, many]) => [...some, ...many]);
  const shuffled = told.chain((details) => fc.tuple(fc.constant(details), fc.shuffledSubarray([...details, ...details, ...details], { minLength: details.length * 3 })));
  fc.assert(fc.property(shuffled, ([details, repeated]) => void expect(after(repeated)).toEqual(after(details))), { numRuns: 300 });
});

test('who did it is asked of opens and clicks alone', () => {
  expect(judge(detail('Send'), {})).toBeUndefined();
  expect(judge(opened(1), {})).toEqual({ by: 'person' });
  const known = after([clicked(minute, 'a'), clicked(minute, 'b')]);
  expect(judge(clicked(minute, 'a'), known)).toEqual({ by: 'machine', why: 'many-links' });
});
