import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Runtime } from '../../local/runtime.ts';
import { play } from '../../local/story/play.ts';
import { readStory, type Story } from '../../local/story/story.ts';
import { summarise, type PersonSummary } from '../../local/story/summary.ts';
import { judge, ofTheCart } from '../../local/story/verdict.ts';
import { cartWaitsHours } from '../support/events.ts';
import { createWorld, type World } from '../support/runtime.ts';

let world: World;
let runtime: Runtime;
let people: Map<string, PersonSummary>;
let failures: string[];

/** The people of the month whose stories are over within a week and a half. */
const told = ['ana', 'ben', 'cem', 'dora', 'eli', 'fay', 'gus', 'hana', 'noa'];

function firstDays(story: Story): Story {
  const mine = ({ userId, anonymousId }: Story['calls'][number]) => userId === 'catalogue' || told.includes(userId ?? '') || anonymousId === 'device-7f3a';
  return { ...story, days: 11, calls: story.calls.filter(mine), expected: Object.fromEntries(Object.entries(story.expected).filter(([id]) => told.includes(id)).map(([id, { score: _score, ...rest }]) => [id, rest])) };
}

beforeAll(async () => {
  world = createWorld();
  const story = firstDays(readStory());
  runtime = await world.start({ timeScale: 20_000, startAtMs: story.startMs });
  await play(story, runtime, () => {});
  const summary = await summarise(story, runtime);
  failures = judge(story, summary, runtime.mails());
  people = new Map(summary.map((person) => [person.person, ofTheCart(person)]));
}, 180_000);
afterAll(() => world.end());

const steps = (id: string) => people.get(id)?.emails.map(({ step }) => step);

describe('the bookstore', () => {
  test('comes true for everybody', () => {
    expect(failures).toEqual([]);
  });

  test('offers the book after its wait, and reminds who clicked after another one', () => {
    expect(steps('ana')).toEqual(['offer', 'reminder']);
    const [offer, reminder] = people.get('ana')?.emails ?? [];
    expect(offer?.subject).toContain('Middlemarch');
    expect(offer?.links.some((link) => link.startsWith('https://lanternbooks.example/books/middlemarch?utm_source=segue'))).toBe(true);
    expect((Date.parse(reminder?.sentAt ?? '') - Date.parse(offer?.sentAt ?? '')) / 3_600_000).toBeGreaterThanOrEqual(cartWaitsHours[1]);
  });

  test('reminds nobody who did not click', () => {
    expect([steps('cem'), steps('dora')]).toEqual([['offer'], ['offer']]);
  });

  test('stops at the purchase, with the cause, and sends nothing more', () => {
    expect(people.get('ben')?.workflows).toMatchObject([{ status: 'ABORTED', cause: expect.stringMatching(/^purchase at /) }]);
    expect(steps('ben')).toEqual([]);
    expect(people.get('eli')?.workflows).toMatchObject([{ status: 'ABORTED', cause: expect.stringMatching(/^purchase at /) }]);
    expect(steps('eli')).toEqual(['offer']);
  });

  test('mails nobody who never agreed, and finds the visitor who logged in later', () => {
    expect(steps('gus')).toEqual([]);
    expect(steps('hana')).toEqual(['offer']);
  });

  test('needs seven transitions for both emails', () => {
    expect(people.get('ana')?.workflows[0]?.transitions).toBeLessThanOrEqual(7);
  });
});
