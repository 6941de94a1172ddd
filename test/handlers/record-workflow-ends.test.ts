import { describe, expect, test } from 'vitest';
import { createWorkflows } from '../../lambdas/adapters/workflows.ts';
import { createHandler as createProcess } from '../../lambdas/process-events/handler.ts';
import { createHandler } from '../../lambdas/record-workflow-ends/handler.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import { cartPlan, cartWaitsHours, envelopeOf, hourMs, startMs } from '../support/events.ts';
import { emptyCatalogue, FakeDeadLetters, FakeStream, FakeWorkflows, MemoryBacklog, MemoryProfiles, MemoryWaits, recordingLogger } from '../support/fakes.ts';
import { kinesisEvent } from '../support/kinesis.ts';

/**
 * As AWS publishes it. The shape is the one of "Step Functions Execution Status Change" in the AWS documentation, with the fields that
 * localstack's recording of AWS has (tests/aws/services/stepfunctions/v2/base, test_event_bridge_events_base).
 */
const change = (name: string, status: string, input: object, more: object = {}) => ({
  version: '0',
  id: '315c1398-40ff-a850-213b-158f73e60175',
  'detail-type': 'Step Functions Execution Status Change',
  source: 'aws.states',
  account: '111122223333',
  time: '2026-03-01T05:00:00Z',
  region: 'eu-west-1',
  resources: [`arn:aws:states:eu-west-1:111122223333:execution:segue-prod-abandoned-cart:${name}`],
  detail: {
    executionArn: `arn:aws:states:eu-west-1:111122223333:execution:segue-prod-abandoned-cart:${name}`,
    stateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:segue-prod-abandoned-cart',
    name,
    status,
    startDate: startMs,
    stopDate: startMs + 5 * hourMs,
    input: JSON.stringify(input),
    output: null,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    redriveCount: 0,
    redriveDate: null,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
    inputDetails: { included: true },
    outputDetails: null,
    error: null,
    cause: null,
    ...more,
  },
});

function world() {
  const { logger, lines } = recordingLogger();
  const clock = { nowMs: startMs };
  const [store, workflows, stream] = [new MemoryProfiles(), new FakeWorkflows(), new FakeStream()];
  const thresholds = { current: async () => ({ thresholds: initialThresholds(cartPlan.config), thresholdsVersion: 0 }) };
  const process = createProcess({ plan: cartPlan, store, workflows, waits: new MemoryWaits(), stream, deadLetters: new FakeDeadLetters(), catalogue: emptyCatalogue, thresholds, logger, now: () => clock.nowMs, backlog: new MemoryBacklog(), sleep: async () => {} });
  let sequence = 0;
  const give = async (...records: Envelope[]) => {
    sequence += records.length;
    expect(await process(kinesisEvent(records, sequence - records.length + 1))).toEqual({ batchItemFailures: [] });
  };
  const handle = createHandler({ stream, logger, now: () => clock.nowMs });
  /** Gives what came into the stream to process-events. */
  const drain = async () => {
    while (stream.records.length > 0) await give(...stream.records.splice(0).map(({ envelope }) => envelope));
  };
  const at = (hours: number) => new Date(startMs + hours * hourMs).toISOString();
  const cart = (hours: number, who: object = {}) => {
    clock.nowMs = startMs + hours * hourMs;
    return give(envelopeOf({ event: 'add_to_cart', timestamp: at(hours), properties: { product_id: 'b1' }, ...who }));
  };
  const inputOf = (executionName: string) => ({ campaign: 'abandoned_cart', key: '-', executionName, thresholdsVersion: 0, ...workflows.started.get(executionName) });
  const end = async (executionName: string, status: string, more: object = {}) => {
    clock.nowMs = Math.max(clock.nowMs, startMs + 5 * hourMs);
    await handle(change(executionName, status, inputOf(executionName), more));
    await drain();
  };
  return { store, workflows, stream, lines, clock, give, handle, drain, cart, end, at, inputOf };
}

const runsOf = ({ store }: ReturnType<typeof world>, key = 'u#ana') => Object.values(store.profile(key).runs).map(({ executionName }) => executionName);

describe('the end of an execution', () => {
  test.each([
    ['SUCCEEDED', 'completed'],
    ['ABORTED', 'stopped'],
    ['FAILED', 'failed'],
    ['TIMED_OUT', 'timed-out'],
  ])('%s closes the run, is recorded as %s, and lets the person come in again', async (status, outcome) => {
    const all = world();
    await all.cart(0);
    const [first = ''] = runsOf(all);
    await all.cart(1);
    expect(all.workflows.startCalls).toBe(1);
    await all.end(first, status);
    expect(runsOf(all)).toEqual([]);
    expect([...all.store.workflows.values()]).toEqual([{ userKey: 'u#ana', workflow: expect.objectContaining({ campaign: 'abandoned_cart', executionName: first, entryAtMs: startMs, endedAtMs: startMs + 5 * hourMs, outcome }) }]);
    await all.cart(6);
    expect(runsOf(all)).toEqual([expect.not.stringMatching(first)]);
    expect(all.store.workflows.size).toBe(2);
  });

  test('shows in the profile when it failed, by the name of the error and without its cause', async () => {
    const all = world();
    await all.cart(0);
    const [name = ''] = runsOf(all);
    await all.end(name, 'FAILED', { error: 'SendRejected', cause: 'ana@example.com is on no list' });
    expect(all.store.profile('u#ana').failures).toEqual({ abandoned_cart: { atMs: startMs + 5 * hourMs, error: 'SendRejected' } });
    expect(JSON.stringify([...all.store.items.values(), ...all.store.workflows.values(), all.lines])).not.toContain('ana@example.com');
  });

  test('counts once however often it is told, and leaves a newer run alone', async () => {
    const all = world();
    await all.cart(0);
    const [first = ''] = runsOf(all);
    await all.end(first, 'SUCCEEDED');
    await all.cart(6);
    const [second] = runsOf(all);
    await all.end(first, 'SUCCEEDED');
    expect(runsOf(all)).toEqual([second]);
  });

  test('finds the run of a visitor who has become known, before, while and after the merge', async () => {
    for (const when of ['before', 'while', 'after']) {
      const all = world();
      await all.cart(0, { userId: undefined, anonymousId: 'device1' });
      const [name = ''] = runsOf(all, 'a#device1');
      const login = envelopeOf({ anonymousId: 'device1', timestamp: all.at(1), traits: {} }, {}, 'identify');
      if (when === 'before') await all.end(name, 'SUCCEEDED');
      if (when === 'while') {
        // The visitor's profile stands still already, and the merge has not come to its end.
        const known = all.store.profile('u#ana');
        await all.store.saveProfile({ ...known, outbox: [{ kind: 'merge', anonymousKey: 'a#device1' }], absorbed: ['a#device1'] });
        await all.store.point('a#device1', 'u#ana');
        await all.end(name, 'SUCCEEDED');
      }
      await all.give(login);
      if (when === 'after') await all.end(name, 'SUCCEEDED');
      await all.drain();
      expect(runsOf(all), when).toEqual([]);
      expect([...all.store.workflows.values()].filter(({ userKey }) => userKey === 'u#ana').map(({ workflow }) => workflow.outcome), when).toEqual(['completed']);
    }
  });

  test('brings nobody back who was erased', async () => {
    const all = world();
    await all.cart(0);
    const [name = ''] = runsOf(all);
    const input = all.inputOf(name);
    all.store.items.clear();
    await all.handle(change(name, 'ABORTED', input));
    await all.drain();
    expect(all.store.items.size).toBe(0);
  });

  test('[P2] of an erased person puts nothing into the stream, which the archive would keep', async () => {
    const all = world();
    await all.cart(0);
    const [name = ''] = runsOf(all);
    await all.handle(change(name, 'ABORTED', all.inputOf(name), { error: 'PersonErased', cause: 'the person was erased' }));
    expect(all.stream.records).toEqual([]);
    expect(JSON.stringify(all.lines)).not.toContain('ana');
  });

  test('is not for executions that somebody started by hand, or under another name', async () => {
    const all = world();
    await all.handle(change('by-hand', 'SUCCEEDED', { hello: 1 }));
    await all.handle(change('by-hand', 'SUCCEEDED', { campaign: 'abandoned_cart', userKey: 'u#ana', key: '-', entryAtMs: 1, executionName: 'another' }));
    await all.handle(change('by-hand', 'SUCCEEDED', {}, { input: null, inputDetails: { included: false } }));
    expect(all.stream.records).toEqual([]);
    expect(all.lines.filter(({ level }) => level === 'warn')).toHaveLength(3);
  });

  test('cannot be told by anybody else', async () => {
    for (const source of ['web', 'server', 'import'] as const) {
      const all = world();
      await all.cart(0);
      const [name] = runsOf(all);
      await all.give(envelopeOf({ event: 'workflow_ended', properties: { campaign: 'abandoned_cart', execution_name: name, entry_at_ms: startMs, outcome: 'completed' } }, { source }));
      expect(runsOf(all), source).toEqual([name]);
    }
  });

  test('that is never told is taken for granted only when nothing could still be under way', async () => {
    const all = world();
    await all.cart(0);
    const [first] = runsOf(all);
    // The waits; each step may be deferred by a day and retried for two.
    const [offer, reminder] = cartWaitsHours;
    await all.cart(offer + reminder + 2 * 24 + 2 * 48);
    expect(runsOf(all)).toEqual([first]);
    // The touch before has begun the wait anew, and with it the time that the run may take.
    await all.cart(60 * 24);
    expect(runsOf(all)).not.toEqual([first]);
  });
});

describe('a campaign that is gone', () => {
  const refusing = (name: string) => createWorkflows({ send: async () => Promise.reject(Object.assign(new Error(name), { name })) } as never, 'arn:aws:states:eu-west-1:1:stateMachine:segue-x-', cartPlan.config.campaigns);
  const start = (campaign: string) => ({ kind: 'start', campaign, key: '-', entryAtMs: 1, executionName: 'e', thresholdsVersion: 0 }) as const;

  test.each(['StateMachineDoesNotExist', 'StateMachineDeleting'])('does not hold anybody up: %s', async (name) => {
    expect(await refusing(name).start('u#ana', start('removed'))).toBe(false);
    // The config has it, so its state machine is about to be deployed.
    await expect(refusing(name).start('u#ana', start('abandoned_cart'))).rejects.toThrow(name);
  });

  test.each(['ExecutionLimitExceeded', 'ThrottlingException'])('is something else than %s, which passes', async (name) => {
    await expect(refusing(name).start('u#ana', start('removed'))).rejects.toThrow(name);
  });

  test('leaves no run behind, and shows as a failure', async () => {
    const all = world();
    all.workflows.start = async () => false;
    await all.cart(0);
    expect(runsOf(all)).toEqual([]);
    expect(all.store.profile('u#ana')).toMatchObject({ outbox: [], failures: { abandoned_cart: { error: 'StateMachineDoesNotExist' } } });
    expect([...all.store.workflows.values()].map(({ workflow }) => workflow.outcome)).toEqual(['failed']);
  });
});
