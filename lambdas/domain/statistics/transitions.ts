/** People who were in one segment at the start of a month and in another, or the same, at its end; `from` is null for people who were not there at its start. */
export interface MonthlyMove {
  from: string | null;
  to: string;
  people: number;
}

export interface TransitionRow {
  from: string | null;
  /** People at the start. */
  people: number;
  /** By segment at the end, in the order of the segments. */
  counts: number[];
  /**
   * The same as shares of `people`: the estimate of greatest likelihood of a Markov chain, Anderson and Goodman, Annals of Mathematical
   * Statistics 28 (1957).
   */
  shares: number[];
  /** Share that stayed; 0 for new people. */
  stayed: number;
}

/**
 * Where the people of each segment were a month later.
 * @param segments in the order of rows and columns; those who came make a last row, if anybody did
 * @throws RangeError for a move from or to a segment that is not listed
 */
export function transitionMatrix(moves: readonly MonthlyMove[], segments: readonly string[]): TransitionRow[] {
  const unknown = moves.flatMap(({ from, to }) => (from === null ? [to] : [from, to])).find((name) => !segments.includes(name));
  if (unknown !== undefined) throw new RangeError(`segment ${unknown} is none of ${segments.join(', ')}`);
  const row = (from: string | null): TransitionRow => {
    const counts = segments.map((to) => sumOf(moves, (move) => move.from === from && move.to === to));
    const people = counts.reduce((sum, count) => sum + count, 0);
    const shares = counts.map((count) => share(count, people));
    return { from, people, counts, shares, stayed: shares[segments.indexOf(from ?? '')] ?? 0 };
  };
  const came = row(null);
  return [...segments.map(row), ...(came.people > 0 ? [came] : [])];
}

export interface Churn {
  /** People who were not lost at the start. */
  atRisk: number;
  /** Those of them who were lost at the end. */
  lost: number;
  churn: number;
  /** People who were lost at the start, those of them who were not at the end, and their share. */
  wereLost: number;
  returned: number;
  recovery: number;
}

/**
 * How many people a month lost and won back. People who came within the month count on neither side. @param lostSegments those that mean "gone",
 * such as dormant
 */
export function churnOf(moves: readonly MonthlyMove[], lostSegments: readonly string[]): Churn {
  const isLost = (segment: string) => lostSegments.includes(segment);
  const known = moves.filter((move): move is MonthlyMove & { from: string } => move.from !== null);
  const [atRisk, wereLost] = [sumOf(known, ({ from }) => !isLost(from)), sumOf(known, ({ from }) => isLost(from))];
  const [lost, returned] = [
    sumOf(known, ({ from, to }) => !isLost(from) && isLost(to)),
    sumOf(known, ({ from, to }) => isLost(from) && !isLost(to)),
  ];
  return { atRisk, lost, churn: share(lost, atRisk), wereLost, returned, recovery: share(returned, wereLost) };
}

const sumOf = <Move extends MonthlyMove>(moves: readonly Move[], counts: (move: Move) => boolean): number =>
  moves.reduce((sum, move) => (counts(move) ? sum + move.people : sum), 0);
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
