import type { Explanation, Reason } from './explain.ts';
import type { Report } from './report.ts';
import { minuteText } from './times.ts';

/** A report as tables for a terminal. */
export function printReport(report: Report): string {
  return [
    events(report),
    ...report.warnings.map((warning) => `Warning: ${warning}`),
    titled('Segment sizes', sizes(report)),
    titled('Transitions (from the left to the top)', transitions(report)),
    titled('Overlaps at the end: people who meet both rules, before the order decides', overlapTable(report)),
    titled('Workflows', workflows(report)),
    titled('Emails', emails(report)),
    ...(report.person
      ? [titled(`Why ${report.person.userKey} is in ${report.person.segment ?? 'no segment yet'}`, person(report.person))]
      : []),
  ].join('\n\n');
}

const titled = (title: string, body: string): string => `${title}\n${body === '' ? '  none' : body}`;

const number = (value: number): string => value.toLocaleString('en-GB');

const time = (iso: string): string => minuteText(Date.parse(iso));

function events({ from, at, people, events: { read, applied, duplicates, catalogue, afterTheEnd, refused } }: Report): string {
  const lines = [
    `${time(from)} to ${time(at)} UTC, ${number(people)} people`,
    `${number(read)} events read, ${number(applied)} applied, ${number(duplicates)} duplicates, ${number(refused.count)} lines refused`,
  ];
  if (catalogue > 0) lines.push(`${number(catalogue)} product descriptions left out`);
  if (afterTheEnd > 0) lines.push(`${number(afterTheEnd)} events after the end left out`);
  lines.push(...refused.first.map(({ line, reason }) => `  line ${line}: ${reason}`));
  if (refused.count > refused.first.length) lines.push(`  and ${number(refused.count - refused.first.length)} more`);
  return lines.join('\n');
}

function sizes({ sizes: rows }: Report): string {
  const names = Object.keys(rows[0]?.segments ?? {});
  return table([
    ['', ...names, 'people'],
    ...rows.map(({ at, people, segments }) => [time(at), ...names.map((name) => number(segments[name] ?? 0)), number(people)]),
  ]);
}

function transitions({ transitions: moves, sizes: rows }: Report): string {
  const names = Object.keys(rows[0]?.segments ?? {});
  const cell = (from: string | null, to: string) => moves.find((move) => move.from === from && move.to === to)?.count;
  const lines = [null, ...names].map((from) => [
    from ?? '(new)',
    ...names.map((to) => (cell(from, to) === undefined ? '' : number(cell(from, to) as number))),
  ]);
  const byTime = moves.reduce((sum, move) => sum + move.byTime, 0);
  return `${table([['', ...names], ...lines])}\n  ${number(byTime)} of them because time passed, the others because of an event`;
}

function overlapTable({ overlaps }: Report): string {
  const names = Object.keys(overlaps);
  return table([['', ...names], ...names.map((name) => [name, ...names.map((other) => number(overlaps[name]?.[other] ?? 0))])]);
}

function workflows({ workflows: campaigns }: Report): string {
  return Object.entries(campaigns)
    .map(
      ([name, { started, finished, running, stopped }]) =>
        `  ${name}: ${number(started)} started, ${number(finished)} ended by themselves, ${number(running)} still running${listed(stopped, 'stopped by')}`,
    )
    .join('\n');
}

function emails({ emails: campaigns }: Report): string {
  const lines = Object.entries(campaigns).flatMap(([campaign, steps]) =>
    Object.entries(steps).map(
      ([step, { sent, skipped }]) => `  ${campaign} / ${step}: ${number(sent)} would go${listed(skipped, 'not sent:')}`,
    ),
  );
  return lines.join('\n');
}

const listed = (counts: Record<string, number>, prefix: string): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `, ${number(count)} ${prefix} ${name}`)
    .join('');

function person({
  since,
  scores,
  thresholdsOn,
  mailable,
  signals,
  traits,
  absorbed,
  segments,
  story,
}: Explanation & { story: { at: string; text: string }[] }): string {
  const facts = [
    ...(since === null ? [] : [`  in it since ${time(since)}`]),
    ...Object.entries(scores).map(([name, value]) => `  score ${name} ${value.toFixed(2)}`),
    ...(thresholdsOn.length > 0 ? [`  over the thresholds ${thresholdsOn.join(', ')}`] : []),
    `  ${mailable ? 'may' : 'may not'} be mailed`,
    ...Object.entries(traits).map(([name, value]) => `  trait ${name} = ${JSON.stringify(value)}`),
    ...signals.map(
      ({ event, where, count, first, last }) =>
        `  ${event === '*' ? 'anything' : event}${where ? ` where ${JSON.stringify(where)}` : ''}: ${number(count)} times, first ${time(first)}, last ${time(last)}`,
    ),
    ...(absorbed.length > 0 ? [`  history of ${absorbed.join(', ')} included`] : []),
  ];
  const rules = segments.flatMap(({ name, reason }) => [`  ${mark(reason)} ${name}`, ...reasonLines(reason, 2)]);
  return [...facts, '', '  Rules, in order', ...rules, '', '  Story', ...story.map(({ at, text }) => `  ${time(at)}  ${text}`)].join('\n');
}

const mark = ({ holds }: Reason): string => (holds ? 'yes' : 'no ');

function reasonLines(reason: Reason, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const { kind, parts = [], changesAt } = reason;
  if (kind === undefined)
    return [
      `${indent}${mark(reason)} ${reason.sentence}${changesAt === undefined ? '' : `; time alone changes it on ${time(changesAt)} at the earliest`}`,
    ];
  const title = { all: 'all of', any: 'any of', not: 'not' }[kind];
  return [`${indent}${mark(reason)} ${title}`, ...parts.flatMap((part) => reasonLines(part, depth + 1))];
}

/** Right-aligned columns under a left-aligned first one. */
function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd(),
    )
    .join('\n');
}
