/** One run of a function in a container: what its calls belong to, and what ends it from outside. */
export interface Invocation {
  readonly id: number;
  readonly functionName: string;
  /** Of Step Functions: which task of which execution asked. */
  readonly by?: unknown;
  isDead: boolean;
  /** Ends it here: nothing of it goes on, and its container is gone. */
  kill(errorName: string): void;
}

/** A promise of a process that is gone. */
export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
