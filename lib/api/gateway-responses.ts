import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { retryAfterSeconds } from '../../lambdas/schemas/edge.ts';

/** Answers that API Gateway gives by itself, all as `{"error": "..."}`. These are not VTL: only `$context` values are put in. */
const errors: [type: ResponseType, status: string | undefined, text: string, retryAfterSeconds?: number][] = [
  [ResponseType.BAD_REQUEST_BODY, '400', '"the body does not fit: $context.error.validationErrorString"'],
  [ResponseType.UNAUTHORIZED, '401', '"a write key is missing: send it as the user name of HTTP Basic authentication, or with a beacon as ?writeKey="'],
  [ResponseType.ACCESS_DENIED, '403', '"this write key is unknown, or it is a server key in the address of a beacon"'],
  // What API Gateway calls a missing token is a path or method that does not exist.
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, '404', '"no such path or method"'],
  [ResponseType.REQUEST_TOO_LARGE, '413', '"too large: an event may have 32 KB, a request 500 KB and 500 events"'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, '415', '"the content type must be application/json or text/plain, the content encoding gzip or none"'],
  [ResponseType.THROTTLED, '429', '"too many requests; send the request again after the seconds that Retry-After says"', retryAfterSeconds.throttled],
  [ResponseType.QUOTA_EXCEEDED, '429', '"this write key has sent all that it may today; from midnight UTC on it may again"', retryAfterSeconds.quota],
  // The authorizer knows the write key, and API Gateway not yet its API key: some seconds after it was made. SDKs drop events on 403, and send them again on 503.
  [ResponseType.INVALID_API_KEY, '503', '"this write key is not ready yet; send the request again"', retryAfterSeconds.notReady],
  [ResponseType.INTEGRATION_FAILURE, '503', '"events cannot be stored at the moment; send the request again"'],
  [ResponseType.INTEGRATION_TIMEOUT, '503', '"events cannot be stored at the moment; send the request again"'],
  [ResponseType.DEFAULT_4XX, undefined, '$context.error.messageString'],
  [ResponseType.DEFAULT_5XX, undefined, '$context.error.messageString'],
];

/** A browser shows a page's script only the headers that are named here; SDKs want to read this one. */
const retryAfter = (seconds: number) => ({ 'Retry-After': `'${seconds}'`, 'Access-Control-Expose-Headers': "'Retry-After'" });

/** Gives all errors of the API one shape, and lets browsers read them. */
export function addGatewayResponses(api: RestApi): void {
  for (const [type, statusCode, text, seconds] of errors) {
    api.addGatewayResponse(type.responseType, {
      type,
      ...(statusCode && { statusCode }),
      responseHeaders: { 'Access-Control-Allow-Origin': "'*'", ...(seconds !== undefined && retryAfter(seconds)) },
      templates: { 'application/json': `{"error":${text}}` },
    });
  }
}
