/**
 * Names of AWS errors that mean the request itself is wrong, so that repeating it gives the same answer. All other errors, a missing
 * permission or table included, may go away.
 */
const refusals = new Set(['ValidationException', 'SerializationException', 'ItemCollectionSizeLimitExceededException', 'InvalidName', 'InvalidExecutionInput', 'InvalidToken']);

/** Errors thrown while a value is read or turned into a request. The DynamoDB client throws plain errors for numbers that it cannot represent. */
const faults = new Set(['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError']);

/** Would a repetition fail again? Then the event is put aside at once, so that it does not hold up those after it. */
export function isLasting(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (refusals.has(error.name) || faults.has(error.name)) return !isNetworkFault(error);
  return error.name === 'Error' && /^(Unsupported type passed|Number .* is greater than|Special numeric value|Pass options\.)/.test(error.message);
}

/** `fetch` and sockets report lost connections as a TypeError with a code. */
const isNetworkFault = (error: Error): boolean => 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code);
