import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callTypes, type CallType } from '../../lambdas/schemas/event.ts';

/** A Segment call of the fixture, as a site would send it. */
export interface StoryCall {
  type: CallType;
  timestamp: string;
  userId?: string;
  anonymousId?: string;
  [field: string]: unknown;
}

/** What somebody does with the email of a step, in hours after it was sent. */
export interface Habit {
  openAfterHours?: number;
  clickAfterHours?: number;
  /** Buys what the email shows. */
  buysAfterHours?: number;
  unsubscribesAfterHours?: number;
}

/** The expected outcome for a person. */
export interface Expectation {
  segment: string;
  /** How each of their workflows ended, in the order in which they began. */
  workflows: ('ended' | 'stopped by purchase')[];
  /** Steps of the emails that they got, in order. */
  emails: string[];
  /** Texts that each email must show, and must not. */
  shows?: string[];
  showsNot?: string[];
  /** Range that the engagement score must lie in. */
  score?: [number, number];
}

export interface Story {
  calls: StoryCall[];
  readers: Record<string, Record<string, Habit>>;
  expected: Record<string, Expectation>;
  /** The first moment that is played; calls before it are history, sent at once. */
  startMs: number;
  /** How long the story goes on. */
  days: number;
}

const folder = join(import.meta.dirname, '../../examples/bookstore');

/** The bookstore's month. @throws Error naming the line that is no call */
export function readStory(): Story {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const calls = read('events.jsonl')
    .split('\n')
    .filter(Boolean)
    .map((line, index) => {
      const call = JSON.parse(line) as StoryCall;
      if (!callTypes.includes(call.type) || Number.isNaN(Date.parse(call.timestamp))) throw new Error(`events.jsonl line ${index + 1}: needs a type and a timestamp`);
      return call;
    });
  return {
    calls: calls.sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp)),
    readers: JSON.parse(read('readers.json')) as Story['readers'],
    expected: JSON.parse(read('expected.json')) as Story['expected'],
    startMs: Date.parse('2026-09-01T08:00:00Z'),
    days: 30,
  };
}

/** The same story, moved to another start time. */
export function shifted(story: Story, startMs: number): Story {
  const byMs = startMs - story.startMs;
  const calls = story.calls.map((call) => ({ ...call, timestamp: new Date(Date.parse(call.timestamp) + byMs).toISOString() }));
  return { ...story, calls, startMs };
}
