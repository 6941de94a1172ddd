import type { IncomingMessage } from 'node:http';
import type { HttpAnswer } from '../api-gateway/responses.ts';
import { liveScript } from './live-script.ts';
import { mailBody, mailPage } from './mail-page.ts';
import { live, page, time } from './page.ts';
import { isMonth } from '../../lambdas/domain/period.ts';
import { refusalOfPage } from '../stack/local-only.ts';
import { mailView, workflowView, type ConsoleSource } from './state.ts';

/**
 * The local page and its JSON, below `/` and `/_segue/`, and the report of a month at `/report?month=2026-10`.
 * @returns `undefined` for paths that are not the console's
 */
export async function answerConsole(source: ConsoleSource, request: IncomingMessage, url: URL): Promise<HttpAnswer | undefined> {
  const { pathname } = url;
  if (pathname !== '/' && pathname !== '/report' && pathname !== '/report.json' && !pathname.startsWith('/_segue/')) return undefined;
  // Keys and people are shown here: not to a web page that had its own name point to this machine, and not for it to change.
  const refusal = refusalOfPage(request);
  if (refusal !== undefined) return text(403, 'text/plain', refusal);
  if (request.method === 'POST') return post(source, pathname);

  if (pathname === '/report' || pathname === '/report.json') return report(source, url);
  const [, messageId, body] = /^\/_segue\/mail\/([\w-]+)(\/body)?$/.exec(pathname) ?? [];
  const mail = messageId === undefined ? undefined : source.mail(messageId);
  if (mail && body) return text(200, 'text/html', mailBody(mail), "script-src 'none'; object-src 'none'; form-action 'none'");
  if (mail) return text(200, 'text/html', mailPage(mail).text);
  switch (pathname) {
    case '/':
      return text(200, 'text/html', (await page(source)).text);
    case '/_segue/live':
      return json({ time: time(source).text, main: (await live(source)).text });
    case '/_segue/live.js':
      return text(200, 'text/javascript', liveScript);
    case '/_segue/status.json':
      return json({ url: source.url, keys: source.keys, nowMs: source.nowMs(), scale: source.scale });
    case '/_segue/people.json':
      return json(await source.people());
    case '/_segue/inbox.json':
      return json(source.mails().map(mailView));
    case '/_segue/executions.json':
      return json(source.executions().map(workflowView));
    default:
      return text(404, 'text/plain', 'no such page');
  }
}

async function report(source: ConsoleSource, { pathname, searchParams }: URL): Promise<HttpAnswer> {
  const month = searchParams.get('month') ?? undefined;
  if (month !== undefined && !isMonth(month)) return text(400, 'text/plain', `month ${JSON.stringify(month)}: must be a year and a month, such as 2026-10`);
  const made = await source.monthReport(month);
  return pathname === '/report' ? text(200, 'text/html', made.html, "default-src 'none'; style-src 'unsafe-inline'; img-src data:") : text(200, 'application/json', made.json);
}

function post(source: ConsoleSource, pathname: string): HttpAnswer {
  const [, messageId = '', outcome] = /^\/_segue\/mail\/([\w-]+)\/(bounced|complained)$/.exec(pathname) ?? [];
  if (!outcome || !source.report(messageId, outcome as 'bounced' | 'complained')) return text(404, 'text/plain', 'no such message');
  return { status: 303, headers: { location: `/_segue/mail/${messageId}` }, body: '' };
}

function text(status: number, type: string, body: string, policy = "default-src 'self'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"): HttpAnswer {
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    // The page of a mail has the mail in a frame.
    'content-security-policy': `${policy}; frame-ancestors 'self'`,
    'cross-origin-resource-policy': 'same-origin',
    // With `no-referrer`, browsers would send the page's own forms with `Origin: null`.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  };
  return { status, headers, body };
}

const json = (value: unknown): HttpAnswer => text(200, 'application/json', JSON.stringify(value));
