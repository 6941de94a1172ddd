import { createServer, type Server } from 'node:http';
import { readBody } from '../api-gateway/body.ts';
import { EmailError, type Email, type SendRequest } from './email.ts';

/** Messages that SES takes may have 40 MB. */
const maxMessageBytes = 40 * 1024 * 1024;
const sendPath = '/v2/email/outbound-emails';
const accountPath = '/v2/email/account';

/** An account that is out of the sandbox, with the quota that such accounts begin with. */
const account = {
  EnforcementStatus: 'HEALTHY',
  ProductionAccessEnabled: true,
  SendingEnabled: true,
  SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 0 },
};

/** The SES v2 API (REST JSON), as far as functions use it: SendEmail and GetAccount. */
export function createEmailServer(email: Pick<Email, 'send'>): Server {
  return createServer((request, response) => {
    const answer = (status: number, body: object, code?: string) => {
      response.writeHead(status, { 'content-type': 'application/json', ...(code && { 'x-amzn-errortype': code }) });
      response.end(JSON.stringify(body));
    };
    const handle = async () => {
      const body = await readBody(request, maxMessageBytes);
      const called = `${request.method} ${request.url}`;
      if (called === `GET ${accountPath}`) return account;
      if (called !== `POST ${sendPath}`)
        throw new EmailError('UnknownOperationException', 404, `${called}: the local runtime knows POST ${sendPath} and GET ${accountPath}`);
      if (body === undefined) throw new EmailError('BadRequestException', 400, 'the message is larger than 40 MB');
      return { MessageId: await email.send(JSON.parse(body) as SendRequest) };
    };
    handle().then(
      (answered) => answer(200, answered),
      (error: unknown) =>
        error instanceof EmailError
          ? answer(error.status, { message: error.message }, error.code)
          : answer(500, { message: String(error) }, 'InternalFailure'),
    );
  });
}
