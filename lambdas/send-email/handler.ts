import { decideSend } from '../domain/contact-policy.ts';
import { sendIdOf } from '../domain/send-id.ts';
import { sendRequest, type SendAnswer, type SendRequest, type SkipReason } from '../schemas/workflow.ts';
import { compose, timeZoneOf } from './compose.ts';
import { deliver } from './deliver.ts';
import type { Deps } from './deps.ts';
import { gather, stepOf } from './gather.ts';
import { takeTurn } from './timing.ts';

/**
 * One step of a workflow: decides at this moment whether the email may go, and sends it at most once, however often
 * the step is repeated.
 * @throws SendThrottled, SendRejected: not sent; see domain/errors
 */
export function createHandler(deps: Deps) {
  return async (payload: unknown): Promise<SendAnswer> => {
    const request = sendRequest.parse(payload);
    const sendId = sendIdOf(request.executionName, request.step);
    const earlier = await deps.sends.get(sendId);
    if (earlier) return { outcome: 'sent', sendId, atMs: earlier.sentAtMs ?? earlier.claimedAtMs, confirmed: earlier.sentAtMs !== undefined };

    const { campaign, step } = stepOf(deps.config, request);
    const situation = await gather(deps, request, campaign, step);
    const decision = decideSend(deps.config, situation);
    if (!decision.send) return skipped(deps, request, decision.reason);
    const send = { sendId, userKey: situation.profile.userKey, timeZone: timeZoneOf(situation.content) };
    const timing = await takeTurn(deps, send, request, campaign);
    if (!timing.now) return 'tooLate' in timing ? skipped(deps, request, 'too-late') : deferred(deps, request, timing.untilMs);
    const claim = { sendId, userKey: situation.profile.userKey, campaign: request.campaign, step: request.step, executionName: request.executionName };
    const composed = await compose(deps, { claim, topic: campaign.topic, step, decision, content: situation.content, earlierDiscount: situation.earlierDiscount });
    const answer = await deliver(deps, composed);
    deps.logger.info('sent', { campaign: request.campaign, step: request.step, sendId, confirmed: answer.confirmed });
    return answer;
  };
}

function skipped({ logger }: Deps, { campaign, step }: SendRequest, reason: SkipReason): SendAnswer {
  logger.info('skipped', { campaign, step, reason });
  return { outcome: 'skipped', reason };
}

function deferred({ logger }: Deps, { campaign, step }: SendRequest, untilMs: number): SendAnswer {
  const until = new Date(untilMs).toISOString();
  logger.info('deferred', { campaign, step, until });
  return { outcome: 'deferred', until };
}
