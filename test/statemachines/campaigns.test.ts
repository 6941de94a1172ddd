import { describe, expect, test } from 'vitest';
import { workflowRequest, type SendAnswer } from '../../lambdas/schemas/workflow.ts';
import type { CampaignConfig } from '../../lambdas/schemas/config.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { definitionOf, interpret, type Answers } from '../support/state-machine.ts';

const input = { campaign: 'any', userKey: 'u#ana', key: '-', entryAtMs: 1, executionName: 'any-1', thresholdsVersion: 3 };
const sent: SendAnswer = { outcome: 'sent', sendId: 's1', atMs: 2, confirmed: true };
const skipped: SendAnswer = { outcome: 'skipped', reason: 'holdout' };
const deferred: SendAnswer = { outcome: 'deferred', until: '2026-03-01T08:00:00Z' };
const named = (name: string) => definitionOf(config.campaigns[name] as CampaignConfig);
const run = (name: string, answers: Parameters<typeof interpret>[2]) => interpret(named(name), input, answers);
const failure = (name: string) => Object.assign(new Error(), { name });

const oneEmail = { browse_abandonment: 'nudge', cross_sell: 'ideas', reward: 'thanks' };

describe.each(Object.entries(oneEmail))('%s', (campaign, step) => {
  test('waits, sends its email once, and ends', async () => {
    const trace = await run(campaign, { [step]: [sent] });
    expect(trace.calls).toEqual([{ ...input, step }]);
    expect(trace).toMatchObject({ status: 'succeeded', retries: 0 });
    expect(trace.states).toHaveLength(4);
  });

  test('tries again when it was put off, and ends when it was skipped', async () => {
    const trace = await run(campaign, { [step]: [deferred, failure('SendThrottled'), skipped] });
    expect(trace).toMatchObject({ status: 'succeeded', retries: 1 });
    expect(trace.calls).toHaveLength(3);
  });
});

describe('welcome', () => {
  test('goes on with the second email when the person has looked at something', async () => {
    const { states, status } = await run('welcome', { hello: [sent], first_look: [{}], picks: [sent] });
    expect(states.filter((state) => /Wait|Send/.test(state))).toEqual(['Wait before the hello', 'Send the hello', 'Wait for a first look', 'Wait before the picks', 'Send the picks']);
    expect(status).toBe('succeeded');
  });

  test('goes on too when nothing happens in time', async () => {
    const trace = await run('welcome', { hello: [sent], first_look: [failure('States.Timeout')], picks: [sent] });
    expect(trace).toMatchObject({ status: 'succeeded', retries: 0 });
    expect(trace.calls.at(-1)).toMatchObject({ step: 'picks' });
  });

  test('does not take a fault for the end of the wait', async () => {
    const trace = await run('welcome', { hello: [sent], first_look: [failure('Lambda.ServiceException'), {}], picks: [sent] });
    expect(trace).toMatchObject({ status: 'succeeded', retries: 1 });
  });

  test('ends when the first email was not sent', async () => {
    expect((await run('welcome', { hello: [skipped] })).calls).toHaveLength(1);
  });
});

describe('win_back', () => {
  test.each([
    ['buyer', 'offer'],
    ['otherwise', 'reminder'],
  ])('%s gets the %s', async (to, step) => {
    const { calls, status } = await run('win_back', { past: [{ outcome: 'branch', to }], [step]: [deferred, sent] });
    expect(calls.map((call) => call.branch ?? call.step)).toEqual(['past', step, step]);
    expect(status).toBe('succeeded');
  });
});

describe('what sends nothing', () => {
  test.each<[string, string, object, Answers]>([
    ['win_back', 'past', { outcome: 'branch', to: 'buyer' }, { offer: [skipped] }],
    ['welcome', 'first_look', { happenedAtMs: 3 }, { hello: [sent], picks: [skipped] }],
  ])('%s: %s is asked again after any fault', async (name, what, answer, others) => {
    // As the AWS SDK names it, when it has given up.
    const throttled = failure('ProvisionedThroughputExceededException');
    const faulty = await run(name, { ...others, [what]: [throttled, throttled, answer] });
    expect([faulty.status, faulty.retries]).toEqual(['succeeded', 2]);
  });
});

describe.each(Object.keys(config.campaigns))('%s', (name) => {
  const campaign = config.campaigns[name] as CampaignConfig;
  const tasks = Object.values(named(name).States).flatMap((state) => (state.Type === 'Task' ? [state as unknown as { Parameters: { Payload: Record<string, string> } }] : []));

  test('asks for each of its steps, branches and waits, and for nothing else', () => {
    const asked = (what: string) => tasks.flatMap(({ Parameters }) => Parameters.Payload[what] ?? []).sort();
    expect(asked('step')).toEqual(Object.keys(campaign.steps).sort());
    expect(asked('branch')).toEqual(Object.keys(campaign.branches).sort());
    expect(asked('wait')).toEqual(Object.keys(campaign.waits).sort());
  });

  test('passes what send-email reads', () => {
    for (const { Parameters } of tasks) {
      const payload = Object.fromEntries(Object.entries(Parameters.Payload).map(([key, value]) => [key.replace('.$', ''), key.endsWith('.$') ? input[key.slice(0, -2) as keyof typeof input] : value]));
      expect(workflowRequest.parse(payload)).toEqual(payload);
    }
  });
});
