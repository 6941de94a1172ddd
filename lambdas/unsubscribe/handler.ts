import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { Stream } from '../adapters/stream.ts';
import { keyIdOf, readLink, type LinkClaim } from '../domain/tokens.ts';
import { unsubscribedEnvelope } from '../domain/unsubscribed.ts';
import type { Config } from '../schemas/config.ts';
import { page } from './page.ts';

export interface Deps {
  config: Pick<Config, 'sender'>;
  control: Pick<ControlStore, 'signingKeyById' | 'optOut'>;
  stream: Stream;
  logger: Logger;
  now: () => number;
}

/**
 * Unsubscribing by link. Mail scanners follow links, so GET only shows a page; POST, which RFC 8058 lets the mail
 * client send by itself, does it: at once for the next send, and as an event for the profile.
 */
export function createHandler({ config, control, stream, logger, now }: Deps) {
  const brand = config.sender.name;
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const claim = await claimIn(event.pathParameters?.token ?? '', control);
    if (claim === undefined) return html(400, page(brand, 'invalid'));
    if (event.httpMethod !== 'POST') return html(200, page(brand, 'ask', claim.topic));
    const atMs = now();
    const topic = everything(event) ? '*' : claim.topic;
    await control.optOut(claim.userKey, topic, atMs);
    await stream.put([unsubscribedEnvelope({ ...claim, topic }, atMs)]);
    logger.info('unsubscribed', { topic });
    return html(200, page(brand, 'done', topic));
  };
}

async function claimIn(token: string, control: Deps['control']): Promise<LinkClaim | undefined> {
  const keyId = keyIdOf(token);
  const key = keyId === undefined ? undefined : await control.signingKeyById(keyId);
  return key && readLink(token, key);
}

function everything({ body, isBase64Encoded }: APIGatewayProxyEvent): boolean {
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? '');
  return new URLSearchParams(text).get('scope') === 'all';
}

const html = (statusCode: number, body: string): APIGatewayProxyResult => ({
  statusCode,
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
  },
  body,
});
