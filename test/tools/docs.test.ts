import { expect, test } from 'vitest';
import { feedbackEvents } from '../../lambdas/domain/feedback/events.ts';
import { sesEvent } from '../../lambdas/schemas/ses-event.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { exampleStack, exampleTemplate, resourcesOf, templateOf } from '../lib/fixture.ts';
import { anchorsIn, readText, rowsIn } from '../support/markdown.ts';

const rows = rowsIn(readText('docs/events.md'));
/** What stands in the first two columns of the catalogue: names and aliases. */
const catalogue = new Set(
  rows.flatMap((cells) =>
    [
      ...cells
        .slice(0, 2)
        .join(' ')
        .matchAll(/`([^`]+)`/g),
    ].map((match) => match[1] as string),
  ),
);
const nameKeys = ['did', 'first', 'last', 'event'];

/** Every value of the keys that hold event names, wherever they stand in the config. */
function eventNamesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    nameKeys.includes(key) && typeof inner === 'string' ? [inner] : eventNamesIn(inner),
  );
}

test('the catalogue has every event that the config names', () => {
  const named = [
    ...config.conversions,
    ...Object.entries(config.aliases).flat(),
    ...Object.values(config.products ?? {}),
    ...Object.values(config.scores).flatMap(({ points }) => Object.keys(points)),
    ...eventNamesIn([config.segments, config.campaigns]),
  ].filter((name) => name !== '*');
  expect(named).toContain('Order Completed');
  expect(named.filter((name) => !catalogue.has(name))).toEqual([]);
});

test('the catalogue has every event that comes back from SES', () => {
  const mail = { messageId: 'm', timestamp: '2026-01-01T00:00:00Z' };
  const send = { sendId: 's', userKey: 'u#ana', campaign: 'c', step: 'offer' };
  const types = sesEvent.shape.detail.shape.eventType.options;
  const judgements = [{ by: 'person' }, { by: 'machine', why: 'bot' }] as const;
  const told = types.flatMap((eventType) => {
    const judged = eventType === 'Open' || eventType === 'Click' ? judgements : [undefined];
    return judged.flatMap((judgement) => feedbackEvents({ eventType, mail }, send, judgement, 0));
  });
  const named = told.map(({ envelope }) => envelope.event.event as string);
  expect(named).toContain('email_opened_automatically');
  expect(named.filter((name) => !catalogue.has(name))).toEqual([]);
});

test('the catalogue has the points that events get', () => {
  for (const [name, points] of Object.entries(config.scores.engagement?.points ?? {})) {
    expect(rows.find(([cell]) => cell === `\`${name}\``)?.[2]).toBe(`+${points}`);
  }
});

test('the runbook has a section for every alarm, and no other', () => {
  const alarms = resourcesOf(templateOf(exampleStack({ productFeed: { key: 'products/', everyHours: 6 } })), 'AWS::CloudWatch::Alarm');
  const named = alarms.map(([, { Properties }]) => /docs\/runbook\.md#([\w-]+)$/.exec(Properties.AlarmDescription as string)?.[1]);
  const sections = anchorsIn(readText('docs/runbook.md')).filter((anchor) => anchor !== 'runbook');
  expect([...new Set(named)].toSorted()).toEqual(sections.toSorted());
});

test('the control table is where the keys command looks for it', () => {
  const tables = resourcesOf(exampleTemplate(), 'AWS::DynamoDB::Table').map(([id]) => id);
  expect(tables.filter((id) => id.startsWith('StorageControl'))).toHaveLength(1);
});
