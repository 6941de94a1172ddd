import type { IncomingMessage } from 'node:http';
import type { HttpAnswer } from '../api-gateway/responses.ts';
import type { Email } from './email.ts';

const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** SES's tracking server: the picture and the links of tracked emails, below `/_ses/`. */
export function answerTracking(email: Email, request: IncomingMessage, path: string): HttpAnswer {
  const visitor = { ipAddress: request.socket.remoteAddress ?? '', userAgent: request.headers['user-agent'] ?? '' };
  const [, kind, messageId = '', index = ''] =
    /^\/_ses\/(?:(open)\/([\w-]+)|(click)\/([\w-]+)\/(\d+))$/.exec(path)?.filter((part) => part !== undefined) ?? [];
  if (kind === 'open' && email.open(messageId, visitor))
    return { status: 200, headers: { 'content-type': 'image/gif', 'cache-control': 'no-store' }, body: pixel };
  const target = kind === 'click' ? email.click(messageId, Number(index), visitor) : undefined;
  if (target !== undefined) return { status: 302, headers: { location: target, 'cache-control': 'no-store' }, body: '' };
  return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'no such message or link' };
}
