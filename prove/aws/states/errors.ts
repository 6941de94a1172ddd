/** An error with the name by which Retry and Catch know it. */
export class StatesError extends Error {
  override readonly name: string;
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** What no retrier and no catcher of `States.ALL` takes. */
const terminal = new Set(['States.Runtime', 'States.DataLimitExceeded']);

export function matchesError(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === name) return true;
    if (pattern === 'States.ALL') return !terminal.has(name);
    return pattern === 'States.TaskFailed' && name !== 'States.Timeout' && !terminal.has(name);
  });
}
