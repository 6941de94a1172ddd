import { describe, expect, test } from 'vitest';
import { feedbackEvents } from '../../../lambdas/domain/feedback/events.ts';
import { sesEvent } from '../../../lambdas/schemas/ses-event.ts';

const send = { sendId: 's1', userKey: 'u#ana', campaign: 'welcome', step: 'hello' };
const timestamp = '2026-03-01T00:00:00Z';
const mail = { messageId: 'm1', timestamp };
const told = (eventType: string, more: object, receivedAtMs: number) => feedbackEvents(sesEvent.parse({ source: 'aws.ses', detail: { eventType, mail, ...more } }).detail, send, undefined, receivedAtMs).map(({ envelope }) => envelope.event.messageId);

describe('what SES tells', () => {
  test.each([
    ['Send', {}],
    ['Delivery', { delivery: { timestamp } }],
    ['Open', { open: { timestamp } }],
    ['Click', { click: { timestamp, link: 'https://a.example' } }],
    ['Bounce', { bounce: { timestamp, bounceType: 'Permanent' } }],
    ['Complaint', { complaint: { timestamp } }],
    ['Subscription', { subscription: { timestamp } }],
  ])('of a %s is one event, whenever it is told', (eventType, more) => {
    const ids = told(eventType, more, 1_000);
    expect(ids).toHaveLength(1);
    expect(told(eventType, more, 2_000)).toEqual(ids);
  });

  test('of two things is two events, even in one second', () => {
    const ids = [told('Open', { open: { timestamp } }, 1), told('Click', { click: { timestamp, link: 'https://a.example' } }, 1), told('Click', { click: { timestamp, link: 'https://b.example' } }, 1)].flat();
    expect(new Set(ids).size).toBe(3);
  });
});
