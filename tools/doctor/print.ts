import { counted, type Status } from './finding.ts';
import type { Result } from './run.ts';

export type Counts = Record<Status, number>;

export function countsOf(results: readonly Result[]): Counts {
  const counts: Counts = { ok: 0, warning: 0, wrong: 0, unavailable: 0 };
  for (const { status } of results) counts[status] += 1;
  return counts;
}

/** 0 when nothing is wrong; warnings are for the reader. */
export const exitCodeOf = (results: readonly Result[]): number => (countsOf(results).wrong > 0 ? 1 : 0);

/** One line for each finding, and one that counts them. */
export function linesOf(results: readonly Result[]): string[] {
  const { ok, warning, wrong, unavailable } = countsOf(results);
  const summary = [`${ok} ok`, counted(warning, 'warning'), `${wrong} wrong`, ...(unavailable > 0 ? [`${unavailable} not available here`] : [])].join(', ');
  return [...results.map(lineOf), '', summary];
}

function lineOf({ status, check, says, todo }: Result): string {
  const text = `${says}${todo === undefined ? '' : `. To do: ${todo}`}`;
  return `${(status === 'unavailable' ? '-' : status).padEnd(8)} ${check.padEnd(18)} ${text}`;
}
