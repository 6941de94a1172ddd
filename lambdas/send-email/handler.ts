import { decideBranch } from '../domain/campaigns/contact-policy.ts';
import { workflowRequest, type BranchAnswer, type BranchRequest, type SendAnswer, type WaitAnswer } from '../schemas/workflow.ts';
import { registerWait } from './await.ts';
import type { Deps } from './deps.ts';
import { campaignOf, gatherPerson, UnknownStep } from './gather.ts';
import { sendStep } from './send-step.ts';

/**
 * One task of a workflow: sends an email at most once, however often the task is repeated; chooses a branch; or waits
 * for an event.
 * @throws SendThrottled, SendRejected and other errors of domain/errors: not sent
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
