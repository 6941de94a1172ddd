import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

/** Answers that API Gateway gives by itself, all as `{"error": "..."}`. These are not VTL: only `$context` values are put in. */
const errors: [type: ResponseType, status: string | undefined, text: string][] = [
  [ResponseType.BAD_REQUEST_BODY, '400', '"the body does not fit: $context.error.validationErrorString"'],
  [ResponseType.UNAUTHORIZED, '401', '"a write key is missing: send it as the user name of HTTP Basic authentication, or with a beacon as ?writeKey="'],
  [ResponseType.ACCESS_DENIED, '403', '"this write key is unknown, or it is a server key in the address of a beacon"'],
  // What API Gateway calls a missing token is a path or method that does not exist.
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, '404', '"no such path or method"'],
  [ResponseType.REQUEST_TOO_LARGE, '413', '"too large: an event may have 32 KB, a request 500 KB and 500 events"'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, '415', '"the content type must be application/json or text/plain, the content encoding gzip or none"'],
  [ResponseType.THROTTLED, '429', '"too many requests; send the request again later"'],
  [ResponseType.INTEGRATION_FAILURE, '503', '"events cannot be stored at the moment; send the request again"'],
  [ResponseType.INTEGRATION_TIMEOUT, '503', '"events cannot be stored at the moment; send the request again"'],
  [ResponseType.DEFAULT_4XX, undefined, '$context.error.messageString'],
  [ResponseType.DEFAULT_5XX, undefined, '$context.error.messageString'],
];

/** Gives all errors of the API one shape, and lets browsers read them. */
export function addGatewayResponses(api: RestApi): void {
  for (const [type, statusCode, text] of errors) {
    api.addGatewayResponse(type.responseType, {
      type,
      ...(statusCode && { statusCode }),
      responseHeaders: { 'Access-Control-Allow-Origin': "'*'" },
      templates: { 'application/json': `{"error":${text}}` },
    });
  }
}
