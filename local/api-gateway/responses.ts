import type { GatewayResponse } from './template.ts';
import { renderGatewayResponse, type GatewayContext } from './vtl.ts';

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer;
}

/** API Gateway's own answers, where the template does not replace them. */
const defaults = {
  BAD_REQUEST_BODY: [400, 'Invalid request body'],
  UNAUTHORIZED: [401, 'Unauthorized'],
  ACCESS_DENIED: [403, 'User is not authorized to access this resource'],
  INVALID_API_KEY: [403, 'Forbidden'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Unsupported Media Type'],
  THROTTLED: [429, 'Too Many Requests'],
  QUOTA_EXCEEDED: [429, 'Limit Exceeded'],
  AUTHORIZER_FAILURE: [500, 'Internal server error'],
  API_CONFIGURATION_ERROR: [500, 'Internal server error'],
  INTEGRATION_FAILURE: [504, 'Internal server error'],
} as const;
export type GatewayErrorType = keyof typeof defaults;

export function gatewayAnswer(
  responses: readonly GatewayResponse[],
  type: GatewayErrorType,
  context: GatewayContext,
  detail?: string,
): HttpAnswer {
  const [defaultStatus, message] = defaults[type];
  const family = defaultStatus < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
  const found =
    responses.find(({ ResponseType }) => ResponseType === type) ?? responses.find(({ ResponseType }) => ResponseType === family);
  const template = found?.ResponseTemplates?.['application/json'] ?? '{"message":$context.error.messageString}';
  const error = { message, messageString: message, responseType: type, ...(detail !== undefined && { validationErrorString: detail }) };
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amzn-errortype': type };
  for (const [name, value] of Object.entries(found?.ResponseParameters ?? {})) {
    headers[name.replace('gatewayresponse.header.', '').toLowerCase()] = unquoted(value);
  }
  return { status: Number(found?.StatusCode ?? defaultStatus), headers, body: renderGatewayResponse(template, { ...context, error }) };
}

/** `'text'` -> text; other parameter mappings do not occur in what the stack makes. */
export function unquoted(value: string): string {
  const text = /^'(.*)'$/.exec(value)?.[1];
  if (text === undefined) throw new Error(`parameter mapping ${value}: the local API knows only texts in single quotes`);
  return text;
}
