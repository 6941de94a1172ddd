import { describe, expect, test } from 'vitest';
import { SendRejected, SendThrottled } from '../../lambdas/domain/errors.ts';
import { sendAnswer, sendRequest, type SendAnswer } from '../../lambdas/schemas/workflow.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { cartWaitsHours } from '../support/events.ts';
import { definitionOf, interpret } from '../support/state-machine.ts';

const campaign = config.campaigns.abandoned_cart as NonNullable<(typeof config.campaigns)[string]>;
const definition = definitionOf(campaign);
const input = { campaign: 'abandoned_cart', userKey: 'u#ana', key: '-', entryAtMs: 1, executionName: 'abandoned_cart-1', thresholdsVersion: 0 };
const sent: SendAnswer = sendAnswer.parse({ outcome: 'sent', sendId: 's1', atMs: 2, confirmed: true });
const skipped: SendAnswer = sendAnswer.parse({ outcome: 'skipped', reason: 'exited' });
const deferred: SendAnswer = sendAnswer.parse({ outcome: 'deferred', until: '2026-03-01T08:00:00Z' });

const toOffer = ['Wait before the offer', 'Send the offer', 'Did the offer go?'];
const toReminder = ['Wait before the reminder', 'Send the reminder', 'Did the reminder go?'];

describe('the abandoned cart workflow', () => {
  test('waits for the offer and then for the reminder, as long as the config says', () => {
    const seconds = Object.values(definition.States).map((state) => ('Seconds' in state ? state.Seconds : undefined)).filter(Boolean);
    expect(seconds).toEqual(cartWaitsHours.map((hours) => hours * 3600));
  });

  test('sends both in seven transitions', async () => {
    const trace = await interpret(definition, input, { offer: [sent], reminder: [sent] });
    expect(trace.states).toEqual([...toOffer, ...toReminder, 'Ended']);
    expect(trace.states).toHaveLength(7);
    expect(trace.status).toBe('succeeded');
  });

  test('passes send-email just what its schema asks for', async () => {
    const { calls } = await interpret(definition, input, { offer: [sent], reminder: [sent] });
    expect(calls.map((call) => sendRequest.parse(call))).toEqual([{ ...input, step: 'offer' }, { ...input, step: 'reminder' }]);
    expect(calls).toEqual([{ ...input, step: 'offer' }, { ...input, step: 'reminder' }]);
  });

  test('ends when the offer is skipped', async () => {
    expect((await interpret(definition, input, { offer: [skipped] })).states).toEqual([...toOffer, 'Ended']);
  });

  test('ends when the reminder is skipped', async () => {
    expect((await interpret(definition, input, { offer: [sent], reminder: [skipped] })).states).toEqual([...toOffer, ...toReminder, 'Ended']);
  });

  test('tries again at the time that it was put off to', async () => {
    const trace = await interpret(definition, input, { offer: [deferred, sent], reminder: [deferred, deferred, skipped] });
    expect(trace.states).toEqual([
      ...toOffer,
      'Wait until the offer may go',
      'Send the offer',
      'Did the offer go?',
      ...toReminder,
      'Wait until the reminder may go',
      'Send the reminder',
      'Did the reminder go?',
      'Wait until the reminder may go',
      'Send the reminder',
      'Did the reminder go?',
      'Ended',
    ]);
    const waits = Object.values(definition.States).flatMap((state) => ('TimestampPath' in state ? [state.TimestampPath] : []));
    expect(waits).toEqual(['$.offer.answer.until', '$.reminder.answer.until']);
  });

  test.each([new SendThrottled(), new SendRejected(), Object.assign(new Error(), { name: 'Lambda.ServiceException' }), Object.assign(new Error(), { name: 'Sandbox.Timedout' })])('repeats a step after $name', async (failure) => {
    const trace = await interpret(definition, input, { offer: [failure, failure, sent], reminder: [failure, sent] });
    expect(trace.status).toBe('succeeded');
    expect(trace.retries).toBe(3);
  });

  test('fails under the error\'s own name when no attempt succeeds', async () => {
    const broken = Object.assign(new Error('no such email'), { name: 'EmailNotFound' });
    expect(await interpret(definition, input, { offer: Array.from({ length: 49 }, () => broken) })).toMatchObject({ status: { error: 'EmailNotFound' }, retries: 48 });
  });
});
