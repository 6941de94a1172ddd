import { createServer, type Server } from 'node:http';
import { readBody } from './api.ts';
import { EmailError, type Email, type SendRequest } from './email.ts';

/** Messages that SES takes may have 40 MB. */
const maxMessageBytes = 40 * 1024 * 1024;
const sendPath = '/v2/email/outbound-emails';

/** The SES v2 API (REST JSON), as far as functions use it: SendEmail. */
export function createEmailServer(email: Pick<Email, 'send'>): Server {
  return createServer((request, response) => {
    const answer = (status: number, body: object, code?: string) => {
      response.writeHead(status, { 'content-type': 'application/json', ...(code && { 'x-amzn-errortype': code }) });
      response.end(JSON.stringify(body));
    };
    const handle = async () => {
      const body = await readBody(request, maxMessageBytes);
      if (request.method !== 'POST' || request.url !== sendPath)
        throw new EmailError('NotFoundException', 404, `${request.method} ${request.url}: the local runtime knows POST ${sendPath}`);
      if (body === undefined) throw new EmailError('BadRequestException', 400, 'the message is larger than 40 MB');
      return email.send(JSON.parse(body) as SendRequest);
    };
    handle().then(
      (MessageId) => answer(200, { MessageId }),
      (error: unknown) =>
        error instanceof EmailError
          ? answer(error.status, { message: error.message }, error.code)
          : answer(500, { message: String(error) }, 'InternalFailure'),
    );
  });
}
