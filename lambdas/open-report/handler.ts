import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Logger } from '../adapters/logger.ts';
import type { ReportStore } from '../adapters/report-store.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import { linkDays, readReportLink } from '../domain/links/report-link.ts';
import { keyIdOf } from '../domain/links/tokens.ts';
import { html } from '../domain/pages/html.ts';
import { languagesOfBrowser, pageLook, type LookConfig, type PageLook } from '../domain/pages/look.ts';
import { pageAnswer, personPage } from '../domain/pages/person-page.ts';

export interface Deps {
  config: LookConfig;
  signingKeys: Pick<SigningKeys, 'signingKeyById'>;
  reports: Pick<ReportStore, 'html'>;
  logger: Logger;
  now: () => number;
}

/**
 * Shows a report to whoever has its signed link. A presigned link of S3 would end with the credentials that made it, after
 * some hours; this one holds for as long as it says.
 */
export function createHandler({ config, signingKeys, reports, logger, now }: Deps) {
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const token = event.pathParameters?.token ?? '';
    const keyId = keyIdOf(token);
    const key = keyId === undefined ? undefined : await signingKeys.signingKeyById(keyId);
    const month = key && readReportLink(token, key, now());
    const page = month === undefined ? undefined : await reports.html(month);
    if (page === undefined) {
      const look = pageLook(config, languagesOfBrowser(event.headers));
      return pageAnswer(look, 404, noReport(look));
    }
    logger.info('report opened', { month });
    return report(page);
  };
}

/** In the shop's languages and brand, as the pages of its customers are: the reader may know nothing of Segue. */
function noReport(look: PageLook): string {
  const { text } = look;
  return personPage(
    look,
    text('badLinkTitle'),
    html`<h1>${text('badLink')}</h1>
<p>${text('badReportLinkWhy', { days: linkDays, command: html`<code>npm run report</code>` })}</p>`,
  );
}

const report = (body: string): APIGatewayProxyResult => ({
  statusCode: 200,
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'private, no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Robots-Tag': 'noindex',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  },
  body,
});
