/**
 * What DynamoDB and the others say of a request that is wrong in itself: repeating it would give the same answer. Everything else,
 * a missing permission or table included, may be another tomorrow.
 */
const refusals = new Set(['ValidationException', 'SerializationException', 'ItemCollectionSizeLimitExceededException', 'InvalidName', 'InvalidExecutionInput', 'InvalidToken']);

/** Faults in how a value is read or made into a request, the client's own included: it throws plain errors for numbers that it cannot keep. */
const faults = new Set(['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError']);

/** Will doing it again fail again? Then it is put aside at once instead of holding up what comes after it. */
export function isLasting(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (refusals.has(error.name) || faults.has(error.name)) return !isNetworkFault(error);
  return error.name === 'Error' && /^(Unsupported type passed|Number .* is greater than|Special numeric value|Pass options\.)/.test(error.message);
}

/** `fetch` and sockets report lost connections as a TypeError with a code. */
const isNetworkFault = (error: Error): boolean => 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code);
