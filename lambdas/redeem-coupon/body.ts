import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { redemption, type Redemption } from '../schemas/coupon.ts';

/** Checks the body again: API Gateway validates only bodies of content types that have a model. */
export function readBody({ body, isBase64Encoded }: APIGatewayProxyEvent): { redemption: Redemption } | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? ''));
  } catch {
    return { problem: 'the body is not JSON' };
  }
  const parsed = z.safeParse(redemption, json);
  if (parsed.success) return { redemption: parsed.data };
  return { problem: parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter((part) => part !== '').join(': ')).join('; ') };
}
