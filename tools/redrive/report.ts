import type { Outcome } from './run.ts';

const shownReasons = 30;

/** What went back into the stream and what did not, one line each. */
export function report({ letters, records, reasons, stillPoison, unreadable, named }: Outcome, streamName: string, isDryRun: boolean): string {
  return [
    `${letters} letters with ${records} records ${isDryRun ? 'would go' : 'went'} back into the stream ${streamName}`,
    ...lines('', reasons),
    ...lines('still poison: ', stillPoison),
    ...lines('no letter: ', unreadable),
    ...named.map((line) => `          ${line}`),
  ].join('\n');
}

/** The most frequent first. */
function lines(label: string, counts: ReadonlyMap<string, number>): string[] {
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const rest = sorted.length > shownReasons ? [`  ... and ${sorted.length - shownReasons} more reasons`] : [];
  return [...sorted.slice(0, shownReasons).map(([reason, count]) => `  ${String(count).padStart(6)}  ${label}${reason}`), ...rest];
}
