import { expect, test } from 'vitest';
import { commit } from '../../lambdas/adapters/profiles/commit.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { registerWait } from '../../lambdas/send-email/await.ts';
import { createHandler } from '../../lambdas/send-email/handler.ts';
import type { Deps } from '../../lambdas/send-email/deps.ts';
import { bookstorePlan, hourMs, momentAt, sequenced, startMs, track } from '../support/events.ts';
import { FakeWorkflows, MemoryProfiles, MemoryWaits, Trouble } from '../support/fakes.ts';

const nowMs = startMs + hourMs;
const bookstore = bookstorePlan.config;
const plan = compilePlan({ ...bookstore, campaigns: { ...bookstore.campaigns, welcome: { ...bookstore.campaigns.welcome!, startsWithoutAddress: true } } });

/** The welcome campaign of a person who has just signed up, seen from both sides: the stream and the state machine. */
async function world(trouble = new Trouble()) {
  const known = { plan, store: new MemoryProfiles(), workflows: new FakeWorkflows(trouble), waits: new MemoryWaits(trouble) };
  await commit(known, 'u#ana', sequenced([track('signed_up', startMs)]), momentAt(nowMs));
  const { workflows } = known;
  const executionName = workflows.running[0] as string;
  const request = { campaign: 'welcome', userKey: 'u#ana', key: '-', entryAtMs: startMs, executionName, thresholdsVersion: 0, wait: 'first_look', token: 't1' };
  const deps = { ...known, now: () => nowMs } as unknown as Deps;
  return {
    workflows,
    request,
    deps,
    /** The task begins to wait; Step Functions repeats it with a new token when it fails. */
    begins: (token = 't1') => registerWait(deps, { ...request, token }),
    looks: (event = track('product_viewed', startMs + 5)) => commit(known, 'u#ana', sequenced([event], 2), momentAt(nowMs)),
  };
}

async function untilItWorks(attempt: (turn: number) => Promise<unknown>): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    try {
      return void (await attempt(turn));
    } catch {
      // The stream and Step Functions both come again.
    }
  }
  throw new Error('it never worked');
}

test('a task that waits goes on at the event', async () => {
  const { begins, looks, workflows } = await world();
  expect(await begins()).toEqual({ outcome: 'waiting' });
  expect(workflows.resumed).toEqual([]);
  await looks();
  expect(workflows.resumed).toEqual(['t1']);
});

test('a task goes on at once when the event came first', async () => {
  const { begins, looks, workflows } = await world();
  await looks();
  expect(workflows.resumed).toEqual([]);
  await begins();
  expect(workflows.resumed).toEqual(['t1']);
});

test('an event of something else lets nobody go on', async () => {
  const { begins, looks, workflows } = await world();
  await begins();
  await looks(track('page_viewed', startMs + 5));
  expect(workflows.resumed).toEqual([]);
});

test.each(
  // The first call has started the workflow.
  (['before', 'after'] as const).flatMap((when) => [2, 3, 4].flatMap((call) => [true, false].map((isTaskFirst) => ({ when, call, isTaskFirst })))),
)('the task goes on, whatever fails: $when call $call, task first: $isTaskFirst', async ({ when, call, isTaskFirst }) => {
  const trouble = new Trouble([[call, when]]);
  const { begins, looks, workflows } = await world(trouble);
  let last = '';
  const task = () => untilItWorks((turn) => begins((last = `t${turn}`)));
  const event = () => untilItWorks(() => looks());
  for (const side of isTaskFirst ? [task, event] : [event, task]) await side();
  expect(workflows.resumed).toContain(last);
});

test('a wait that the config does not have is told by its name', async () => {
  const { deps, request } = await world();
  for (const wait of ['second_look', 'constructor'])
    await expect(createHandler(deps)({ ...request, wait })).rejects.toMatchObject({ name: 'UnknownStep', message: `wait welcome/${wait}; there are first_look` });
});
