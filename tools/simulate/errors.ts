/** What was typed cannot be done; the message names the wrong value and what is allowed. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A line that holds no event; the message is the reason. */
export class BadLine extends Error {
  override name = 'BadLine';
}
