import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Logger } from '../adapters/logger.ts';
import type { ReportStore } from '../adapters/report-store.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import { readReportLink } from '../domain/links/report-link.ts';
import { keyIdOf } from '../domain/links/tokens.ts';

export interface Deps {
  signingKeys: Pick<SigningKeys, 'signingKeyById'>;
  reports: Pick<ReportStore, 'html'>;
  logger: Logger;
  now: () => number;
}

/**
 * Shows a report to whoever has its signed link. A presigned link of S3 would end with the credentials that made it, after
 * some hours; this one holds for as long as it says.
 */
export function createHandler({ signingKeys, reports, logger, now }: Deps) {
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const token = event.pathParameters?.token ?? '';
    const keyId = keyIdOf(token);
    const key = keyId === undefined ? undefined : await signingKeys.signingKeyById(keyId);
    const month = key && readReportLink(token, key, now());
    const page = month === undefined ? undefined : await reports.html(month);
    if (page === undefined) return html(404, noReport);
    logger.info('report opened', { month });
    return html(200, page);
  };
}

const noReport = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>No report</title></head>
<body><main><h1>This link does not work.</h1><p>It may have been cut short, or it is older than 30 days. Reports stay in the bucket; <code>npm run report</code> makes one at any time.</p></main></body>
</html>`;

const html = (statusCode: number, body: string): APIGatewayProxyResult => ({
  statusCode,
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
