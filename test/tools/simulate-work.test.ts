import { beforeAll, expect, test } from 'vitest';
import { eventLines } from '../../tools/generate-events.ts';
import { bookstorePlan } from '../support/events.ts';
import { reportOf, sourceOf } from '../support/simulate.ts';
import { workOf, type Work } from '../support/work.ts';

const { config } = bookstorePlan;
const campaigns = Object.keys(config.campaigns).length;
const [fewEvents, manyEvents] = [1000, 3000];
const linesOf = (count: number) => [...eventLines(count, count / 10)];
const sourceWith = (count: number) => sourceOf(linesOf(count).join('\n'), config);
/** How many different things the events say. */
const sayings = new Set(linesOf(manyEvents).map((line) => JSON.stringify([JSON.parse(line).properties, JSON.parse(line).traits]))).size;

let few: Work;
let many: Work;
beforeAll(async () => {
  // Once before, so that what is made once for a process is there.
  await reportOf(sourceWith(100));
  const [fewLines, manyLines] = [sourceWith(fewEvents), sourceWith(manyEvents)];
  few = await workOf(() => reportOf(fewLines));
  many = await workOf(() => reportOf(manyLines));
}, 60_000);

test('files are read once, not for each workflow', () => {
  expect(many.callsOf('fold')).toBeGreaterThan(manyEvents);
  expect(few.filesRead).toBeLessThanOrEqual(campaigns);
  expect(many.filesRead).toBeLessThanOrEqual(campaigns);
});

test('a call is read once; when its turn comes, its event is there in its normal form, and what many events say is parsed once for all', () => {
  expect(many.textsParsed).toBeGreaterThan(manyEvents);
  expect(many.textsParsed).toBeLessThanOrEqual(manyEvents + sayings + 2 * campaigns);
  expect(sayings).toBeLessThan(manyEvents / 2);
  expect(many.callsOf('toDomainEvent')).toBe(manyEvents);
});

test('an event is written as text once, and not to find out how long it is', () => {
  expect(many.textsWritten / manyEvents).toBeLessThanOrEqual(1.1);
});

test('work grows with the events and no faster', () => {
  expect(few.calls / fewEvents).toBeGreaterThan(50);
  expect(many.calls / manyEvents).toBeLessThan(1.1 * (few.calls / fewEvents));
});

test('an event costs no more calls, folds and hashes than it did', () => {
  // 442, 1.24, 1.29 and 1.16 when this was written; the rest is room for what events may still learn to do.
  expect(many.calls / manyEvents).toBeLessThanOrEqual(486);
  expect(many.callsOf('fold') / manyEvents).toBeLessThanOrEqual(1.37);
  expect(many.callsOf('settleDraft') / manyEvents).toBeLessThanOrEqual(1.42);
  expect(many.hashes / manyEvents).toBeLessThanOrEqual(1.28);
});
