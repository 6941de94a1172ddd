import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { CsvLines } from '../../tools/event-files/records.ts';
import { eventLines } from '../../tools/generate-events.ts';
import { crewOf, type Crew } from '../../tools/simulate/crew.ts';
import { EventTable } from '../../tools/simulate/event-table.ts';
import type { EventPart } from '../../tools/simulate/event-texts.ts';
import { textOf } from '../../tools/simulate/input.ts';
import { joined, separateHistories, sharesOf } from '../../tools/simulate/histories.ts';
import { rangesOf, scanRecords } from '../../tools/simulate/scan.ts';
import { bookstorePlan } from '../support/events.ts';
import { reportOf, sourceOf } from '../support/simulate.ts';

const { config } = bookstorePlan;
/** Visitors who are identified later, lines that nobody can read in both halves, and times out of order. */
const lines = [...eventLines(3000, 120, 4)].map((line, index) => (index % 700 === 650 ? 'no event' : line));
const json = sourceOf([...lines.slice(100, 200), ...lines.slice(0, 100), ...lines.slice(200)].join('\n'), config);
const row = (index: number) => `reader-${index % 40},,purchase,2026-03-${String(1 + (index % 28)).padStart(2, '0')},"${index % 9 === 0 ? 'two\r\nlines' : 'one'}"`;
const csvText = `\uFEFFuser,anonymous,event,time,note\r\n${Array.from({ length: 600 }, (_, index) => row(index)).join('\r\n')}\r\nreader-1,phone,identify,2026-03-02,x\r\n,phone,add_to_cart,2026-03-01,x`;

const crews: Crew[] = [];
/** Two threads, of which one is ended after the tests. */
function twoThreads(): Crew {
  const crew = crewOf(bookstorePlan, 2);
  crews.push(crew);
  return crew;
}
afterAll(() => Promise.all(crews.map((crew) => crew.close())));

test('two threads print what one prints, byte for byte', async () => {
  const one = await reportOf(json, { userId: 'reader-3' });
  const two = await reportOf(json, { userId: 'reader-3', crew: twoThreads() });
  expect(JSON.stringify(two)).toBe(JSON.stringify(one));
  expect(one.person?.userKey).toBe('u#reader-3');
  expect(one.events.applied).toBeGreaterThan(2500);
  expect(one.events.refused.first.map(({ line }) => line)).toEqual([651, 1351, 2051, 2751]);
}, 60_000);

test('for CSV, too', async () => {
  const scan = await scanRecords(Readable.from([Buffer.from(csvText)]), new CsvLines(new Map()), config);
  const source = sourceOf('', config);
  const one = await reportOf(source, { scan, userId: 'reader-1' });
  expect(JSON.stringify(await reportOf(source, { scan, userId: 'reader-1', crew: twoThreads() }))).toBe(JSON.stringify(one));
  expect(one.events).toMatchObject({ applied: 602, refused: { count: 0 } });
  expect(one.person?.absorbed).toEqual(['a#phone']);
}, 60_000);

test('each of two threads has half of the events, and a visitor goes with the person they became', async () => {
  const input = joined(await crewOf(bookstorePlan, 1).scan(json.text));
  const histories = separateHistories(input, input.lastAtMs);
  const shares = sharesOf(histories, 2);
  const { keys, parts: [part] } = input.events;
  const table = new EventTable((part as EventPart).table);
  const keysOf = (share: Uint32Array) =>
    new Set([...share].flatMap((history) => [...histories.places.subarray(histories.starts[history], histories.starts[history + 1])].map((place) => keys[table.key(place)])));
  const [ones = new Set(), others = new Set()] = shares.map(keysOf);
  expect([...ones].filter((key) => others.has(key))).toEqual([]);
  expect(ones.size).toBeGreaterThan(20);
  expect(others.size).toBeGreaterThan(20);
  const linked = Array.from({ length: table.count }, (_, row) => [keys[table.key(row)], keys[table.linkedKey(row)]]).filter(([, device]) => device !== undefined);
  expect(linked.length).toBeGreaterThan(50);
  for (const [known, device] of linked) expect(ones.has(known) ? others.has(device) : ones.has(device), `${known} ${device}`).toBe(false);
});

test('parts of an input end where lines end', () => {
  const bytes = Buffer.from(`${'x'.repeat(50)}\n\n${'y'.repeat(5)}\nz`);
  const shared = new SharedArrayBuffer(bytes.length);
  Buffer.from(shared).set(bytes);
  for (const parts of [1, 2, 3, 7]) {
    const ranges = rangesOf(textOf({ bytes: shared, length: bytes.length }), parts);
    expect(ranges.map(({ from, to }) => bytes.subarray(from, to).toString()).join('')).toBe(bytes.toString());
    for (const { from } of ranges.filter((range) => range.from < range.to)) expect(from === 0 || bytes[from - 1] === 0x0a).toBe(true);
  }
});

test('a file is read where it lies, in parts, and so is a line that is longer than what is read at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crew-'));
  const file = join(folder, 'events.jsonl');
  const long = JSON.stringify({ type: 'track', event: 'note', userId: 'ana', timestamp: '2026-02-01T00:00:00.000Z', context: { text: 'é'.repeat(100_000) } });
  const text = `\uFEFF${[long, ...lines, long].join('\r\n')}\n`;
  writeFileSync(file, text);
  const crew = twoThreads();
  const ofFile = await reportOf({ text: { file, length: Buffer.byteLength(text) }, config }, { crew });
  expect(ofFile).toEqual(await reportOf(sourceOf(text, config)));
  expect(ofFile.events.read).toBe(lines.length + 2 - 4);
  truncateSync(file, 1000);
  await expect(reportOf({ text: { file, length: text.length }, config })).rejects.toThrow('has become shorter');
  rmSync(folder, { recursive: true });
}, 60_000);
