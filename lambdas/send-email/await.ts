import type { WaitAnswer, WaitRequest } from '../schemas/workflow.ts';
import type { Deps } from './deps.ts';
import { campaignOf, UnknownStep } from './gather.ts';

/**
 * Makes a task wait for an event of the person; the task is resumed at once when the event has come already.
 * @throws UnknownStep when there is no such campaign or wait
 */
export async function registerWait(deps: Deps, { campaign: name, executionName, wait, token }: WaitRequest): Promise<WaitAnswer> {
  const campaign = campaignOf(deps, name);
  if (!Object.hasOwn(campaign.waits, wait)) throw new UnknownStep(`wait ${name}/${wait}; there are ${Object.keys(campaign.waits).join(', ') || 'none'}`);
  const { happenedAtMs } = await deps.waits.register(executionName, wait, token, deps.now());
  if (happenedAtMs !== undefined) await deps.workflows.resume(token, { happenedAtMs });
  return { outcome: 'waiting' };
}
