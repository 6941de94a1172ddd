/** How a task with a token ended. */
export type CallbackOutcome = { output: unknown } | { error: string; cause: string };

/** Completes tasks that wait for their token (`.waitForTaskToken`). */
export interface Callbacks {
  /** @returns when the token comes back; never, when it does not */
  outcome(token: string): Promise<CallbackOutcome>;
  forget(token: string): void;
  settle(token: string, outcome: CallbackOutcome): void;
}

export function createCallbacks(): Callbacks {
  const waiting = new Map<string, (outcome: CallbackOutcome) => void>();
  return {
    outcome: (token) => new Promise((resolve) => waiting.set(token, resolve)),
    forget: (token) => void waiting.delete(token),
    settle: (token, outcome) => waiting.get(token)?.(outcome),
  };
}

/** Stands in a definition where the cloud has the token, which the interpreter does not know. */
export const tokenPlaceholder = '<task token>';

/** A token says which execution it belongs to; nobody else has to read it. */
export const tokenOf = (executionArn: string, state: string, attempt: number): string =>
  Buffer.from(JSON.stringify([executionArn, state, attempt])).toString('base64url');

/** @returns undefined for a text that no execution has given out */
export function executionOf(token: string): string | undefined {
  try {
    const [executionArn] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    return typeof executionArn === 'string' ? executionArn : undefined;
  } catch {
    return undefined;
  }
}

/** The parameters of a task with its token in place. */
export function withToken(value: unknown, token: string): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(JSON.stringify(tokenPlaceholder), () => JSON.stringify(token)));
}
