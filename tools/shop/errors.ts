/** A shop that cannot work; `problems` has one line for each thing to change. */
export class ShopError extends Error {
  override name = 'ShopError';
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** For commands that cannot do anything without the shop: says what to change, and ends. Other errors are thrown on. */
export function endWithProblems(error: unknown): never {
  if (!(error instanceof ShopError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
