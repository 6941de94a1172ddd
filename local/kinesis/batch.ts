/**
 * What Lambda's Kinesis event source does with the answer to one batch. Pure, so that the rules can be read and tested in one place.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export interface FailureRules {
  bisect: boolean;
  reportItemFailures: boolean;
  /** -1 means until the records expire. */
  maxRetries: number;
}

export interface Batch<R> {
  records: readonly R[];
  /** Retries so far; splitting a batch is not one. */
  retries: number;
}

export type Answer = { ok: unknown } | { error: unknown };

export interface Decision<R> {
  /** Batches to invoke next, in this order, before anything newer. */
  next: Batch<R>[];
  /** Records that go to the failure destination. */
  discarded: readonly R[];
}

export function decide<R extends { sequenceNumber: string }>(batch: Batch<R>, answer: Answer, rules: FailureRules): Decision<R> {
  const failedFrom = firstFailure(batch.records, answer, rules);
  if (failedFrom === undefined) return { next: [], discarded: [] };
  if (failedFrom > 0) return { next: [{ records: batch.records.slice(failedFrom), retries: batch.retries }], discarded: [] };

  const isWhole = failedFrom === wholeBatch;
  if (isWhole && rules.bisect && batch.records.length > 1) {
    const middle = Math.ceil(batch.records.length / 2);
    const halves = [batch.records.slice(0, middle), batch.records.slice(middle)];
    return { next: halves.map((records) => ({ records, retries: batch.retries })), discarded: [] };
  }
  if (rules.maxRetries >= 0 && batch.retries >= rules.maxRetries) return { next: [], discarded: batch.records };
  return { next: [{ records: batch.records, retries: batch.retries + 1 }], discarded: [] };
}

const wholeBatch = -1;

/**
 * @returns index of the first record that failed, `undefined` when all went well, or -1 when the batch failed as a whole: by an
 * error, or by an answer that names no record of the batch
 */
function firstFailure(
  records: readonly { sequenceNumber: string }[],
  answer: Answer,
  { reportItemFailures }: FailureRules,
): number | undefined {
  if ('error' in answer) return wholeBatch;
  if (!reportItemFailures) return undefined;
  const failures = (answer.ok as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return wholeBatch;
  const indexes = failures.map((failure: { itemIdentifier?: unknown } | null) =>
    records.findIndex(({ sequenceNumber }) => sequenceNumber === failure?.itemIdentifier),
  );
  // A name that is not in the batch has index -1, which is the lowest.
  return indexes.length === 0 ? undefined : Math.min(...indexes);
}
