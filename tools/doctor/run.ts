import type { Check, Context } from './context.ts';
import { NotAvailable } from './context.ts';
import { wrong, type Finding } from './finding.ts';

export interface Result extends Finding {
  check: string;
}

/**
 * Makes the first checks one after the other, and ends with them when one finds that nothing else can be looked at; then all others side by
 * side. A check that fails is a line like any other.
 */
export async function examine(first: readonly Check[], others: readonly Check[], context: Context): Promise<Result[]> {
  const results: Result[] = [];
  for (const check of first) {
    const found = await make(check, context);
    results.push(...found);
    if (found.some(({ status }) => status === 'wrong')) return results;
  }
  return [...results, ...(await Promise.all(others.map((check) => make(check, context)))).flat()];
}

async function make(check: Check, context: Context): Promise<Result[]> {
  try {
    return [await check.run(context)].flat().map((finding) => ({ check: check.name, ...finding }));
  } catch (error) {
    return [{ check: check.name, ...failed(error, check) }];
  }
}

const deniedNames = ['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'AuthorizationErrorException', 'UnauthorizedException', 'UnauthorizedOperation', 'NotAuthorized'];

function failed(error: unknown, { permissions }: Check): Finding {
  const { name, message, $metadata } = error as Partial<Error> & { $metadata?: { httpStatusCode?: number } };
  // Emulators have no other way to say that they do not know an operation; AWS knows all that are called here.
  if (error instanceof NotAvailable || name === 'UnknownOperationException' || $metadata?.httpStatusCode === 501) return { status: 'unavailable', says: 'not available here' };
  const text = (message ?? String(error)).split('\n')[0]!;
  if (name !== undefined && deniedNames.includes(name)) return wrong(`could not be checked: ${text}`, `allow ${permissions.join(', ')}`);
  return wrong(`could not be checked: ${name ?? 'Error'}: ${text}`, 'repair this, and run the doctor again');
}
