import type { DescribedProduct } from '../adapters/catalogue.ts';
import type { SendRecord } from '../adapters/mail/send-store.ts';
import { decideSend, mayBeEmpty, type SendDecision } from '../domain/campaigns/contact-policy.ts';
import { sendIdOf } from '../domain/campaigns/send-id.ts';
import { isInHoldout } from '../domain/campaigns/variants.ts';
import type { SendAnswer, SendRequest, SkipReason, UnreadTrait } from '../schemas/workflow.ts';
import { compose } from './compose.ts';
import { deliver, takePlace } from './deliver.ts';
import type { Deps } from './deps.ts';
import { gather, type Gathered } from './gather.ts';
import { itemsFor } from './items.ts';
import { mayGo, takeTurn, type Timing } from './timing.ts';

/** Decides, takes the email's places, decides once more, and sends it. */
export async function sendStep(deps: Deps, request: SendRequest): Promise<SendAnswer> {
  const sendId = sendIdOf(request.executionName, request.step);
  const earlier = await deps.sends.get(sendId);
  if (earlier?.heldOut) return { outcome: 'skipped', reason: 'holdout' };
  if (earlier) return { outcome: 'sent', sendId, atMs: earlier.sentAtMs ?? earlier.claimedAtMs, confirmed: earlier.sentAtMs !== undefined };

  const first = await consider(deps, request, sendId);
  if (first.answer) return first.answer;
  if (isHeldOut(deps, first.situation)) {
    const turn = await takeTurn(deps, sendId, first);
    if (!turn.now) return later(deps, request, turn);
    await deps.sends.claim({ ...claimOf(request, sendId, first.situation), claimedAtMs: deps.now(), heldOut: true });
    return skipped(deps, request, 'holdout');
  }
  await takePlace(deps, request);
  // The place may have taken seconds, and what was true before it counts no more: who left or bought meanwhile gets nothing.
  const last = await consider(deps, request, sendId);
  if (last.answer) return last.answer;
  const turn = await takeTurn(deps, sendId, last);
  if (!turn.now) return later(deps, request, turn);
  const composed = await compose(deps, { claim: claimOf(request, sendId, last.situation), ...last });
  const answer = await deliver(deps, composed);
  await countUnread(deps, request, composed.unread);
  deps.logger.info('sent', { campaign: request.campaign, step: request.step, sendId, confirmed: answer.confirmed });
  return answer;
}

interface Considered {
  answer?: undefined;
  situation: Gathered;
  decision: Extract<SendDecision, { send: true }>;
  items: DescribedProduct[];
}

/** May the email go, as things stand at this moment? Takes nothing. */
async function consider(deps: Deps, request: SendRequest, sendId: string): Promise<Considered | { answer: SendAnswer }> {
  const situation = await gather(deps, request);
  const decision = decideSend(deps.plan, situation);
  const skip = async (reason: SkipReason) => ({ answer: await skipped(deps, request, reason) });
  if (situation.state === 'stopped') return skip('stopped');
  if (!decision.send) return skip(decision.reason);
  const { items, unknown } = await itemsFor(deps, situation.step, decision);
  if (items.length === 0 && !mayBeEmpty(situation.step)) return skip(unknown > 0 ? 'unknown-product' : 'no-content');
  if (unknown > 0) deps.logger.warn('unknown products left out', { campaign: request.campaign, step: request.step, unknown });
  const timing = await mayGo(deps, sendId, { situation, decision });
  return timing.now ? { situation, decision, items } : { answer: await later(deps, request, timing) };
}

/** Decided last, so that those who are held out differ from the others in nothing but the email. */
const isHeldOut = ({ plan }: Deps, { campaign, drawKey }: Gathered): boolean => isInHoldout(plan.config, campaign.name, campaign, drawKey);

function claimOf({ campaign, step, executionName }: SendRequest, sendId: string, { profile: { userKey }, variant }: Gathered): Omit<SendRecord, 'claimedAtMs'> {
  return { sendId, userKey, campaign, step, executionName, ...(variant !== undefined && { variant }) };
}

const later = (deps: Deps, request: SendRequest, timing: Exclude<Timing, { now: true }>): Promise<SendAnswer> =>
  'tooLate' in timing ? skipped(deps, request, 'too-late') : deferred(deps, request, timing);

/** Counts emails that used the shop's default, so that the owner knows how many. */
async function countUnread({ logger, counters, now }: Deps, { campaign, step }: SendRequest, unread: readonly UnreadTrait[]): Promise<void> {
  for (const reason of unread) {
    logger.warn(reason, { campaign, step });
    await counters.add({ campaign, step, reason }, now());
  }
}

async function skipped({ logger, counters, now }: Deps, { campaign, step }: SendRequest, reason: SkipReason): Promise<SendAnswer> {
  logger.info('skipped', { campaign, step, reason });
  await counters.add({ campaign, step, reason }, now());
  return { outcome: 'skipped', reason };
}

async function deferred({ logger, counters, now }: Deps, { campaign, step }: SendRequest, { untilMs, restarted }: Extract<Timing, { untilMs: number }>): Promise<SendAnswer> {
  const until = new Date(untilMs).toISOString();
  logger.info('deferred', { campaign, step, until, ...(restarted && { restarted }) });
  if (!restarted) await counters.add({ campaign, step, reason: 'deferred' }, now());
  return { outcome: 'deferred', until };
}
