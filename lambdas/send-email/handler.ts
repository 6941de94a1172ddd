import { decideSend, decideBranch, mayBeEmpty } from '../domain/campaigns/contact-policy.ts';
import { sendIdOf } from '../domain/campaigns/send-id.ts';
import { isInHoldout } from '../domain/campaigns/variants.ts';
import { workflowRequest, type BranchAnswer, type BranchRequest, type SendAnswer, type SendRequest, type SkipReason, type WaitAnswer } from '../schemas/workflow.ts';
import { registerWait } from './await.ts';
import { compose } from './compose.ts';
import { deliver } from './deliver.ts';
import type { Deps } from './deps.ts';
import { campaignOf, gather, gatherPerson, UnknownStep } from './gather.ts';
import { itemsFor } from './items.ts';
import { takeTurn } from './timing.ts';

/**
 * One task of a workflow: sends an email at most once, however often the task is repeated; says which way to go; or waits
 * for an event.
 * @throws SendThrottled, SendRejected and their kin: not sent; see domain/errors
 * @throws UnknownStep when the state machine asks for something that the config does not have
 */
export function createHandler(deps: Deps) {
  return async (payload: unknown): Promise<SendAnswer | BranchAnswer | WaitAnswer> => {
    const request = workflowRequest.parse(payload);
    if ('wait' in request) return registerWait(deps, request);
    return 'branch' in request ? chooseBranch(deps, request) : sendStep(deps, request);
  };
}

async function chooseBranch(deps: Deps, request: BranchRequest): Promise<BranchAnswer> {
  const campaign = campaignOf(deps, request.campaign);
  const to = decideBranch(deps.plan, request.branch, { campaign, ...(await gatherPerson(deps, request, false)) });
  if (to === undefined) throw new UnknownStep(`branch ${campaign.name}/${request.branch}; there are ${[...campaign.branchRules.keys()].join(', ') || 'none'}`);
  deps.logger.info('branch', { campaign: campaign.name, branch: request.branch, to });
  return { outcome: 'branch', to };
}

async function sendStep(deps: Deps, request: SendRequest): Promise<SendAnswer> {
  const sendId = sendIdOf(request.executionName, request.step);
  const earlier = await deps.sends.get(sendId);
  if (earlier?.heldOut) return { outcome: 'skipped', reason: 'holdout' };
  if (earlier) return { outcome: 'sent', sendId, atMs: earlier.sentAtMs ?? earlier.claimedAtMs, confirmed: earlier.sentAtMs !== undefined };

  const situation = await gather(deps, request);
  const { campaign, step, profile, variant } = situation;
  const decision = decideSend(deps.plan, situation);
  if (situation.state === 'stopped') return skipped(deps, request, 'stopped');
  if (!decision.send) return skipped(deps, request, decision.reason);
  const items = await itemsFor(deps, step, decision);
  if (items.length === 0 && !mayBeEmpty(step)) return skipped(deps, request, 'no-content');
  const timing = await takeTurn(deps, sendId, situation);
  if (!timing.now) return 'tooLate' in timing ? skipped(deps, request, 'too-late') : deferred(deps, request, timing.untilMs);

  const { userKey } = profile;
  const claim = { sendId, userKey, campaign: request.campaign, step: request.step, executionName: request.executionName, ...(variant !== undefined && { variant }) };
  // Decided last, so that those who are held out differ from the others in nothing but the email.
  if (isInHoldout(deps.plan.config, campaign.name, campaign, userKey)) {
    await deps.sends.claim({ ...claim, claimedAtMs: deps.now(), heldOut: true });
    return skipped(deps, request, 'holdout');
  }
  const answer = await deliver(deps, await compose(deps, { claim, situation, decision, items }));
  deps.logger.info('sent', { campaign: request.campaign, step: request.step, sendId, confirmed: answer.confirmed });
  return answer;
}

async function skipped({ logger, counters, now }: Deps, { campaign, step }: SendRequest, reason: SkipReason): Promise<SendAnswer> {
  logger.info('skipped', { campaign, step, reason });
  await counters.add({ campaign, step, reason }, now());
  return { outcome: 'skipped', reason };
}

async function deferred({ logger, counters, now }: Deps, { campaign, step }: SendRequest, untilMs: number): Promise<SendAnswer> {
  const until = new Date(untilMs).toISOString();
  logger.info('deferred', { campaign, step, until });
  await counters.add({ campaign, step, reason: 'deferred' }, now());
  return { outcome: 'deferred', until };
}
