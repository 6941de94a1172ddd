import { expect, test } from 'vitest';
import { eventOf, fallback, nowMs, people, plainSegments, planOf } from '../../bench/rules-world.ts';
import { viewOf } from '../../lambdas/domain/profile/view.ts';
import { assignSegment, reassignSegment } from '../../lambdas/domain/rules/segments.ts';
import { workOf } from '../support/work.ts';

const size = 200;

/** Calls of functions for one person: to find their segment after an event, and to find it from nothing. */
async function callsWith(segmentCount: number) {
  const plan = planOf(plainSegments(segmentCount));
  const cases = people(plan, segmentCount, size).map((profile, index) => {
    const view = viewOf(plan, profile);
    const touched = plan.touchedBy(eventOf('u', `event_${index % Math.ceil(segmentCount * 0.8)}`, nowMs, 'b'));
    return { view, touched, known: assignSegment(plan.segments, fallback, view, nowMs, {}) };
  });
  const after = () => cases.map(({ view, touched, known }) => reassignSegment(plan.segments, fallback, view, nowMs, {}, known, touched));
  after();
  const afterEvent = await workOf(async () => after());
  const fromNothing = await workOf(async () => cases.map(({ view }) => assignSegment(plan.segments, fallback, view, nowMs, {})));
  return { afterEvent: afterEvent.calls / size, fromNothing: fromNothing.calls / size };
}

test('what an event costs the rules does not grow with the number of segments', async () => {
  const few = await callsWith(20);
  const many = await callsWith(500);
  expect(few.afterEvent).toBeGreaterThan(2);
  expect(many.fromNothing).toBeGreaterThan(5 * few.fromNothing);
  expect(many.afterEvent).toBeLessThan(1.5 * few.afterEvent);
});
