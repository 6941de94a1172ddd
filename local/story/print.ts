import type { PersonSummary } from './summary.ts';
import type { Progress } from './play.ts';

/** One line that is rewritten in place on a terminal, or a line every five days elsewhere. */
export function progressPrinter(stream: NodeJS.WriteStream): (progress: Progress) => void {
  let printedDay = -Infinity;
  return ({ day, days, events, mails, running }) => {
    const line = `day ${day.toFixed(0).padStart(2)} of ${days}: ${events} events sent, ${mails} emails, ${running} workflows running`;
    if (stream.isTTY) {
      const filled = Math.round((day / days) * 24);
      stream.write(`\r[${'#'.repeat(filled)}${' '.repeat(24 - filled)}] ${line}\x1b[K${day >= days && running === 0 ? '\n' : ''}`);
    } else if (day - printedDay >= 5) {
      printedDay = day;
      stream.write(`${line}\n`);
    }
  };
}

/** The summary as a person reads it. */
export function summaryText(people: readonly PersonSummary[]): string {
  const blocks = people.map(({ person, events, score, segment, workflows, emails }) =>
    [
      `${person}  ${segment ?? 'no segment'}, score ${score}`,
      `  events     ${events.join(', ') || '-'}`,
      ...workflows.map(({ campaign, status, cause }) => `  workflow   ${campaign}: ${status.toLowerCase()}${cause === undefined ? '' : ` (${cause})`}`),
      ...emails.flatMap(({ step, subject, sentAt, opened, clicked, links }) => [
        `  email      ${sentAt.slice(0, 16).replace('T', ' ')} ${step}: ${subject}${clicked ? ', clicked' : opened ? ', opened' : ''}`,
        ...links.map((link) => `             ${link}`),
      ]),
    ].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}
