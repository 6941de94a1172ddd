import { LogicEngine } from 'json-logic-engine';
import { Engine } from 'json-rules-engine';
import { Query } from 'mingo';
import siftModule from 'sift';
import { viewOf } from '../lambdas/domain/profile/view.ts';
import { assignSegment, reassignSegment, type Assignment } from '../lambdas/domain/rules/segments.ts';
import type { RuleView } from '../lambdas/domain/rules/compile.ts';
import { nanosecondsPerAsyncCall, nanosecondsPerCall, thorough } from './measure.ts';
import { eventOf, factName, fallback, factsReader, nowMs, people, planOf, plainSegments, type Facts, type PlainSegment } from './rules-world.ts';

type Finder = (facts: Facts) => string;
// Its types describe another module format than the one that Node loads.
const sift = siftModule as unknown as (query: object) => (facts: Facts) => boolean;

/** Time to find one person's segment from the stored profile, in nanoseconds. */
export interface RulesResult {
  segments: number;
  /** Segue after an event: only the segments that the event can have changed are evaluated. */
  afterEvent: number;
  /** Segue from nothing: all segments are evaluated, down to the one that holds. Both also compute when the answer will change. */
  everything: number;
  /** The peers know no windows and no decay, so counts and scores are worked out for them; that is part of their time. */
  peers: Record<string, number>;
  /** The peers' time without that. */
  peersOnReadyFacts: Record<string, number>;
}

/** Compares rule engines on the same people and segments. @throws Error when any two disagree about anybody */
export async function benchRules(segmentCount: number, size = 200, effort = thorough): Promise<RulesResult> {
  const segments = plainSegments(segmentCount);
  const plan = planOf(segments);
  const profiles = people(plan, segmentCount, size);
  const factsFrom = factsReader(segments, plan);
  const facts = profiles.map(factsFrom);
  const views: RuleView[] = profiles.map((profile) => viewOf(plan, profile));
  const expected = views.map((view) => assignSegment(plan.segments, fallback, view, nowMs, {}).segment);

  const peers: Record<string, number> = {};
  const peersOnReadyFacts: Record<string, number> = {};
  for (const [name, find] of Object.entries({ 'json-logic-engine': jsonLogic(segments), mingo: mingo(segments), sift: siftJs(segments) })) {
    agree(name, expected, facts.map(find));
    peers[name] = nanosecondsPerCall(() => profiles.forEach((profile) => find(factsFrom(profile))), size, effort);
    peersOnReadyFacts[name] = nanosecondsPerCall(() => facts.forEach(find), size, effort);
  }
  const findAsync = jsonRules(segments);
  agree('json-rules-engine', expected, await Promise.all(facts.map(findAsync)));
  peers['json-rules-engine'] = await nanosecondsPerAsyncCall(async () => {
    for (const profile of profiles) await findAsync(factsFrom(profile));
  }, size, { ...effort, rounds: Math.min(effort.rounds, 3) });

  const everything = nanosecondsPerCall(() => views.forEach((view) => assignSegment(plan.segments, fallback, view, nowMs, {})), size, effort);
  const known = views.map((view) => assignSegment(plan.segments, fallback, view, nowMs, {}));
  const touched = views.map((_, index) => plan.touchedBy(eventOf('u', `event_${index % Math.ceil(segmentCount * 0.8)}`, nowMs, 'b')));
  const after = (view: RuleView, index: number) => reassignSegment(plan.segments, fallback, view, nowMs, {}, known[index] as Assignment, touched[index] ?? []);
  agree('looking at what was touched', expected, views.map((view, index) => after(view, index).segment));
  const afterEvent = nanosecondsPerCall(() => views.forEach(after), size, effort);
  return { segments: segmentCount, afterEvent, everything, peers, peersOnReadyFacts };
}

function agree(name: string, expected: string[], actual: string[]): void {
  const wrong = expected.findIndex((segment, index) => segment !== actual[index]);
  if (wrong >= 0) throw new Error(`${name} puts person ${wrong} into ${actual[wrong]}, Segue into ${expected[wrong]}`);
}

const firstOf =
  (tests: { name: string; test: (facts: Facts) => boolean }[]): Finder =>
  (facts) =>
    tests.find(({ test }) => test(facts))?.name ?? fallback;

function jsonLogic(segments: PlainSegment[]): Finder {
  const engine = new LogicEngine();
  return firstOf(
    segments.map((segment) => ({ name: segment.name, test: engine.build({ and: conditions(segment).map(([fact, value]) => ({ '>=': [{ var: fact }, value] })) }) as (facts: Facts) => boolean })),
  );
}

const mongo = (segment: PlainSegment) => ({ $and: conditions(segment).map(([fact, value]) => ({ [fact]: { $gte: value } })) });

function mingo(segments: PlainSegment[]): Finder {
  return firstOf(
    segments.map((segment) => {
      const query = new Query(mongo(segment));
      return { name: segment.name, test: (facts) => query.test(facts) };
    }),
  );
}

function siftJs(segments: PlainSegment[]): Finder {
  return firstOf(segments.map((segment) => ({ name: segment.name, test: sift(mongo(segment)) })));
}

/** json-rules-engine finds all rules that hold; priorities are its way to an order. */
function jsonRules(segments: PlainSegment[]): (facts: Facts) => Promise<string> {
  const engine = new Engine(
    segments.map((segment, index) => ({
      priority: segments.length - index,
      conditions: { all: conditions(segment).map(([fact, value]) => ({ fact, operator: 'greaterThanInclusive', value })) },
      event: { type: segment.name },
    })),
  );
  return async (facts) => (await engine.run(facts)).events[0]?.type ?? fallback;
}

function conditions({ counts, scoreAtLeast }: PlainSegment): [fact: string, atLeast: number][] {
  const list = counts.map(({ event, windowDays, atLeast }): [string, number] => [factName(event, windowDays), atLeast]);
  return scoreAtLeast === undefined ? list : [...list, ['score', scoreAtLeast]];
}

if (import.meta.main) for (const count of [5, 20, 100, 500]) console.log(JSON.stringify(await benchRules(count)));
