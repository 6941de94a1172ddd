/** A guard of the product taken away, and who has to notice it. */
export interface Mutant {
  /** What is wrong with the product then. */
  name: string;
  file: string;
  /** Stands in the file exactly once. */
  from: string;
  to: string;
  /** So many seeds of the simulator, of which some break a promise then, or test files that fail. */
  noticedBy: { seeds: number } | { tests: readonly string[] };
}

export const isTested = (noticedBy: Mutant['noticedBy']): noticedBy is { tests: readonly string[] } => 'tests' in noticedBy;

/** @throws Error when the text is not there, or more than once */
export function mutated(source: string, { name, file, from, to }: Mutant): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${name}: ${file} has ${parts.length - 1} times ${JSON.stringify(from)}; the mutant has to follow the source`);
  return parts.join(to);
}
