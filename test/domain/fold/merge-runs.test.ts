import { expect, test } from 'vitest';
import bookstore from '../../../examples/bookstore/segue.config.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile, type Run } from '../../../lambdas/domain/profile/profile.ts';
import { startMs } from '../../support/events.ts';

const plan = compilePlan(bookstore);
const lifetimeMs = plan.campaigns.find(({ name }) => name === 'abandoned_cart')!.lifetimeMs;
const runOf = (executionName: string, entryAtMs: number): Run => ({ campaign: 'abandoned_cart', key: '-', entryAtMs, endsAtMs: entryAtMs + lifetimeMs, executionName });
const withRun = (userKey: string, run: Run): Profile => ({ ...emptyProfile(userKey), runs: { 'abandoned_cart|-': run } });
const mergedAt = (entryAtMs: number) => {
  const { runs, outbox } = mergeProfiles(plan, withRun('u#ana', runOf('known', startMs)), withRun('a#visitor', runOf('visitor', entryAtMs)));
  return { runs: Object.values(runs).map(({ executionName }) => executionName), stopped: outbox.flatMap((effect) => (effect.kind === 'stop' ? [effect.executionName] : [])) };
};

test('a visitor’s workflow gives way to the same one of the person, while that runs', () => {
  expect(mergedAt(startMs + lifetimeMs - 1)).toEqual({ runs: ['known'], stopped: ['visitor'] });
});

test('a run whose time was up does not end the workflow of a visitor, though nobody has told of its end', () => {
  expect(mergedAt(startMs + lifetimeMs)).toEqual({ runs: ['visitor'], stopped: [] });
});
