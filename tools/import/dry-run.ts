import type { Journal, Rejection } from './journal.ts';

const shownRejections = 10;

/** A journal that keeps nothing and prints the first rejections and their number. */
export function printingJournal(print: (line: string) => void): Journal {
  let count = 0;
  const show = ({ line, reason }: Rejection) => {
    if (count < shownRejections) print(`line ${line}: ${reason}`);
    count += 1;
  };
  return {
    start: { lines: 0, accepted: 0, rejected: 0 },
    save(_, rejections, isFinished) {
      rejections.forEach(show);
      if (isFinished && count > 0) print(`${count} lines would be rejected`);
    },
  };
}
