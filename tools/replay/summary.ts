export interface Summary {
  archivedRecords: number;
  streamRecords: number;
  /** Distinct events that concern somebody's profile. */
  events: number;
  /** Profiles that were written, or would be. */
  rebuilt: number;
  /** Profiles that already are what the archive says. */
  same: number;
  /** Left alone: the profile knows of events from before the archive. */
  olderThanArchive: number;
  /** Left out: nothing was heard of them for as long as profiles are kept. */
  expired: number;
  /** Left alone: somebody else kept writing the profile, or its effects are not carried out yet. */
  busy: number;
  /** Left alone: the archive has no event of them. */
  notInArchive: number;
  /** Left alone: their events cannot be folded, or their profile cannot be written. */
  failed: number;
  /** Records that nobody can read, which never counted either. */
  unreadable: number;
  /** The first of both, by what is wrong with them. */
  problems: string[];
  /** Changes of segment by `from -> to`. */
  moves: Map<string, number>;
}

export const newSummary = (): Summary => ({
  archivedRecords: 0,
  streamRecords: 0,
  events: 0,
  rebuilt: 0,
  same: 0,
  olderThanArchive: 0,
  expired: 0,
  busy: 0,
  notInArchive: 0,
  failed: 0,
  unreadable: 0,
  problems: [],
  moves: new Map(),
});

const namedProblems = 20;

export function nameProblem(summary: Summary, problem: string): void {
  if (summary.problems.length < namedProblems && !summary.problems.includes(problem)) summary.problems.push(problem.slice(0, 300));
}

export function countUnreadable(summary: Summary, reason: string): void {
  summary.unreadable += 1;
  nameProblem(summary, reason);
}

export function printSummary(summary: Summary, isDryRun: boolean): string {
  const number = (value: number) => value.toLocaleString('en');
  const rows: [string, number][] = [
    ['records in the archive', summary.archivedRecords],
    ['records in the stream', summary.streamRecords],
    ['events, each counted once', summary.events],
    [isDryRun ? 'profiles to rebuild' : 'profiles rebuilt', summary.rebuilt],
    ['profiles as they should be', summary.same],
    ['left alone, older than the archive', summary.olderThanArchive],
    ['left out, expired', summary.expired],
    ['left alone, not in the archive', summary.notInArchive],
    ['left alone, busy: run the replay again', summary.busy],
    ...(summary.failed > 0 ? [['left alone, cannot be rebuilt', summary.failed] as [string, number]] : []),
    ...(summary.unreadable > 0 ? [['records that nobody can read', summary.unreadable] as [string, number]] : []),
  ];
  const lines = rows.map(([label, value]) => `${label.padEnd(40)}${number(value).padStart(12)}`);
  const moves = [...summary.moves]
    .sort(([, a], [, b]) => b - a)
    .map(([move, count]) => `  ${move.padEnd(38)}${number(count).padStart(12)}`);
  const problems = summary.problems.map((problem) => `  ${problem}`);
  return [...lines, ...problems, isDryRun ? 'segments that would change' : 'segments changed', ...(moves.length > 0 ? moves : ['  none']), ''].join(
    '\n',
  );
}
