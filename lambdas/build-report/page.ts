import { html, type Html } from '../domain/html.ts';
import type { ReportNumbers } from '../domain/report-numbers/numbers.ts';

type Cell = string | number | null;

/** The numbers of a month as tables, in one page without scripts. */
export function page(numbers: ReportNumbers, brand: string): string {
  const { segments, matrix, conversions, campaigns, scores, overlaps, letters, thresholds } = numbers;
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>${brand}: report of ${numbers.month}</title><style>${style}</style></head>
<body><main>
<h1>${brand}: report of ${numbers.month}</h1>
<p>Made ${new Date(numbers.madeAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC.${numbers.isPartial && ' The month is not over.'}</p>
${table('Segments, in people', ['Segment', 'At the start', 'At the end'], segments.map(({ title, atStart, atEnd }) => [title, atStart, atEnd]))}
${table('From segment to segment over the month, in people', ['From', 'To', 'People'], matrix.map(({ from, to, people }) => [from ?? 'new', to, people]))}
${table('Rules that hold together, in people', ['Segments', 'People'], overlaps.map(({ segments: names, people }) => [names.join(' and ') || 'none', people]))}
<h2>Conversions</h2>
<p>${conversions.count} in the month${conversions.late > 0 && html`, ${conversions.late} of which arrived late`}.</p>
${table('Revenue', ['Currency', 'Amount'], conversions.revenue.map(({ currency, amount }) => [currency || 'not named', amount.toFixed(2)]))}
${campaigns.map(({ title, emails, skipped, arms, comparison }) => [
  html`<h2>${title}</h2>`,
  table(
    'Emails',
    ['Step', 'Variant', 'Sent', 'Delivered', 'Opened', 'Clicked', 'Conversions', 'Revenue', 'Bounced', 'Complained', 'Unsubscribed', 'Opened by machines'],
    emails.map((row) => [row.step, row.variant ?? '-', row.sent, row.delivered, row.opened, row.clicked, row.conversions, row.revenue.toFixed(2), row.bounced, row.complained, row.unsubscribed, row.autoOpened]),
  ),
  table('Not sent', ['Step', 'Reason', 'Count'], skipped.map(({ step, reason, count }) => [step, reason, count])),
  table('Comparison', ['Arm', 'People', 'Converted', 'Revenue'], arms.map(({ arm, people, converted, revenue }) => [arm, people, converted, revenue.toFixed(2)])),
  comparison?.verdicts.map(({ words }) => html`<p>${words}</p>`),
])}
<h2>Scores and thresholds</h2>
${thresholds !== null && html`<p>Version ${thresholds.version}, of ${thresholds.month}.</p>`}
${scores.map(({ score, bins, thresholds: lines }) => [
  table(`Thresholds of ${score}`, ['Threshold', 'Before', 'Now'], lines.map(({ threshold, before, now }) => [threshold, before.toFixed(1), now.toFixed(1)])),
  table(`People by ${score}`, ['Score', 'People'], bins.map(({ from, to, people }) => [`${from} to ${to}`, people])),
])}
<h2>Quality of the data</h2>
<p>Put aside: ${letters.unreadable} unreadable events and ${letters.failed} batches that failed.</p>
</main></body>
</html>`.text;
}

function table(caption: string, head: readonly string[], rows: readonly Cell[][]): Html | undefined {
  if (rows.length === 0) return undefined;
  const cells = ([first, ...rest]: Cell[]) => html`<tr><th scope="row">${first ?? ''}</th>${rest.map((cell) => html`<td>${cell ?? ''}</td>`)}</tr>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map(cells)}</tbody></table></div>`;
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; } caption { text-align: left; font-weight: 600; }
th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); text-align: right; font-variant-numeric: tabular-nums; }
th:first-child { text-align: left; } tbody th { font-weight: normal; }`;
