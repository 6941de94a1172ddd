import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Logger } from '../adapters/logger.ts';
import type { Stream } from '../adapters/stream.ts';
import { redeemedEnvelope } from '../domain/campaigns/coupons.ts';
import { readBody } from './body.ts';
import { redeem, type RedeemDeps } from './redeem.ts';

export interface Deps extends RedeemDeps {
  stream: Stream;
  logger: Logger;
}

/**
 * Redeems a coupon for an order, once. The same order may ask again, which also repeats the event, in case that it was
 * lost the first time.
 */
export function createHandler(deps: Deps) {
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const { keyId, source } = (event.requestContext.authorizer ?? {}) as { keyId?: string; source?: string };
    if (source !== 'server' || keyId === undefined) return answer(403, { error: 'a web key cannot redeem coupons; use a server key' });
    const body = readBody(event);
    if ('problem' in body) return answer(400, { error: body.problem });

    const verdict = await redeem(deps, body.redemption);
    deps.logger.info('coupon', { verdict: verdict.kind, status: verdict.kind === 'refused' ? verdict.status : 200 });
    if (verdict.kind === 'refused') return answer(verdict.status, { error: verdict.reason });
    const { coupon } = verdict;
    await deps.stream.put([redeemedEnvelope(coupon, keyId)]);
    return answer(200, { redeemed: true, percent: coupon.percent, productIds: coupon.productIds, campaign: coupon.campaign });
  };
}

const answer = (statusCode: number, body: object): APIGatewayProxyResult => ({
  statusCode,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify(body),
});
