import { expect, test } from 'vitest';
import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { EventRows, noNumber } from '../../tools/simulate/event-table.ts';
import { EventReader, EventTexts } from '../../tools/simulate/event-texts.ts';
import { workOf } from '../support/work.ts';

const eventSaying = (properties: DomainEvent['properties'], traits: DomainEvent['traits'] = {}, atMs = 1): DomainEvent => ({
  name: 'note',
  userKey: 'u#ana',
  atMs,
  receivedAtMs: atMs + 1,
  enteredAtMs: atMs + 2,
  properties,
  traits,
  messageHash: `hash-${String(atMs).padStart(3, '0')}`,
  source: 'server',
});

/** As a scan keeps events, with room for two texts that many events have. */
function kept(events: readonly DomainEvent[]) {
  const [texts, rows] = [new EventTexts(0, 2), new EventRows(0)];
  for (const { atMs, receivedAtMs, enteredAtMs, messageHash, source, ...said } of events)
    rows.add({ ...texts.add(said), atMs, receivedAtMs, enteredAtMs, messageHash, source, name: 0, key: 0, linkedKey: said.anonymousKey === undefined ? noNumber : 1 });
  return { table: rows.memory, ...texts.kept };
}

const readerOf = (...parts: ReturnType<typeof kept>[]) => new EventReader({ parts, keys: ['u#ana', 'a#phone'], names: ['note'] });
const book = { product_id: 'emma', title: 'Emma, “the” novel' };
const events = [
  eventSaying(book, {}, 1),
  eventSaying({}, { email: 'ana@reader.example' }, 2),
  { ...eventSaying({ id: 'é'.repeat(200), list: [1, { two: null }] }, {}, 3), anonymousKey: 'a#phone' },
  eventSaying(book, {}, 4),
  eventSaying({ order_id: 'o-1' }, { name: 'Ana', plan: 2 }, 5),
  eventSaying({ order_id: 'o-2' }, {}, 6),
];

test('events are read back as they were, in any order and from any part, whether many say the same or one alone says it', () => {
  const reader = readerOf(kept(events.slice(0, 3)), kept(events.slice(3)), kept(events));
  const all = [...events, ...events];
  for (const places of [[0, 1, 2, 3, 4, 5], [11, 0, 8, 5, 2], [4], []]) {
    expect(reader.at(Uint32Array.from(places))).toEqual(places.map((place) => all[place]));
    expect(places.map((place) => reader.atMs(place))).toEqual(places.map((place) => all[place]?.atMs));
  }
});

test('what many events say is written and parsed once; the rest of what some events say is parsed as one text', async () => {
  const lines = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? eventSaying(book, {}, index) : eventSaying({ order_id: `o-${index}` }, {}, index)));
  const part = kept(lines);
  expect(part.commonTexts).toEqual([JSON.stringify([book]), JSON.stringify([{ order_id: 'o-1' }])]);
  const reader = readerOf(part);
  const places = Uint32Array.from(lines, (_, place) => place);
  expect((await workOf(async () => reader.at(places))).textsParsed).toBe(1 + 2);
  expect((await workOf(async () => reader.at(places))).textsParsed).toBe(1);
});

test('a message hash of another length is refused, which the table has no room for', () => {
  expect(() => kept([{ ...eventSaying(book), messageHash: 'short' }])).toThrow('message hash short: must have 8 letters');
});
