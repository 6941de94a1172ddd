import { Html } from '../pages/html.ts';
import { palette } from './palette.ts';

const variables = Object.entries(palette)
  .map(([name, [light, dark]]) => `--${name}: light-dark(${light}, ${dark});`)
  .join(' ');

/** One column for text and plots. Below 40rem, plots change to their narrow drawing. On paper it is light, and all tables are open. */
export const style = new Html(`
:root { color-scheme: light dark; ${variables}
  --serif: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'Times New Roman', serif; --sans: 'Helvetica Neue', 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--back); color: var(--ink); font: 1.125rem/1.6 var(--serif); counter-reset: figure; overflow-wrap: break-word; }
.page { max-width: 48rem; margin: 0 auto; padding: clamp(1.5rem, 6vw, 4.5rem) 1.25rem 4rem; }
h1, h2, h3 { font-weight: 500; line-height: 1.2; text-wrap: balance; }
h1 { margin: .3rem 0 .6rem; font-size: clamp(2.1rem, 8vw, 3.4rem); letter-spacing: -.015em; }
h2 { margin: 0 0 1.2rem; font-size: clamp(1.55rem, 5vw, 2rem); letter-spacing: -.01em; }
h3 { margin: 2.6rem 0 .8rem; font-size: 1.3rem; }
p { margin: 0 0 1rem; max-width: 40rem; text-wrap: pretty; }
section { margin-top: 4rem; padding-top: 1.6rem; border-top: 2px solid var(--ink); }
a { color: var(--c1); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--c3); outline-offset: 3px; }
.brand, .made, nav, .headlines, figcaption, .legend, .plot text, table, summary, .note, .missing, .notes, .verdict strong { font-family: var(--sans); }
.brand { margin: 0; color: var(--soft); font-size: .95rem; font-weight: 600; letter-spacing: .02em; }
.made { color: var(--soft); font-size: .9rem; }
.partial { color: var(--c2); font-weight: 600; }
nav { margin-top: 2.5rem; font-size: .95rem; }
nav h2 { margin: 0 0 .6rem; font: 600 .95rem/1.4 var(--sans); letter-spacing: 0; }
nav ol { margin: 0; padding: 0; list-style: none; columns: 15rem 2; column-gap: 2rem; }
nav li { break-inside: avoid; border-top: 1px solid var(--rule); }
nav a { display: block; padding: .55rem 0; color: inherit; text-decoration: none; }
nav a:hover { color: var(--c1); text-decoration: underline; }
.lead { font-size: clamp(1.2rem, 3.6vw, 1.4rem); line-height: 1.5; }
.headlines { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0 1.5rem; margin: 2rem 0 0; }
.headlines > div { padding: .8rem 0 1rem; border-top: 1px solid var(--rule); }
.headlines dt { color: var(--soft); font-size: .85rem; }
.headlines dd { margin: 0; }
.headlines b { display: block; font: 500 1.9rem/1.25 var(--serif); font-variant-numeric: lining-nums tabular-nums; }
.headlines span { color: var(--soft); font-size: .85rem; }
.note { color: var(--soft); font-size: .9rem; line-height: 1.5; }
.missing { margin: 1.25rem 0; padding: .9rem 1.1rem; border-left: 3px solid var(--c0); background: var(--raised); font-size: .95rem; line-height: 1.5; }
.notes { margin: 1rem 0 0; font-size: .9rem; line-height: 1.5; }
.notes > div { display: grid; grid-template-columns: 5.5rem 1fr; gap: .75rem; padding: .45rem 0; border-top: 1px solid var(--rule); }
.notes dt { color: var(--soft); } .notes dd { margin: 0; }
.verdict { padding: .9rem 1.1rem; border-left: 3px solid var(--c0); background: var(--raised); }
.verdict strong { display: block; font-size: .85rem; }
.verdict.better, .verdict.confirmed { border-color: var(--c1); } .verdict.better strong, .verdict.confirmed strong { color: var(--c1); }
.verdict.worse, .verdict.refuted, .verdict.blocked { border-color: var(--c2); } .verdict.worse strong, .verdict.refuted strong, .verdict.blocked strong { color: var(--c2); }
figure { margin: 2rem 0; counter-increment: figure; }
figcaption { max-width: 40rem; margin-bottom: 1rem; color: var(--soft); font-size: .9rem; line-height: 1.5; }
figcaption strong { display: block; color: var(--ink); font-size: 1rem; }
figcaption strong::before { content: 'Figure ' counter(figure) '. '; color: var(--soft); font-weight: 400; }
.legend { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; margin: 0 0 1rem; padding: 0; list-style: none; font-size: .85rem; }
.legend li { display: flex; align-items: center; gap: .45rem; }
.mark { display: inline-grid; place-items: center; min-width: 1rem; height: 1rem; padding: 0 .25rem; border-radius: .2rem; color: var(--back); font-size: .75rem; font-weight: 700; line-height: 1; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.plot { display: block; width: 100%; height: auto; font-variant-numeric: tabular-nums; }
.plot.narrow { display: none; max-width: 30rem; }
details { margin-top: .9rem; border-top: 1px solid var(--rule); }
summary { padding: .6rem 0; color: var(--soft); font-size: .85rem; cursor: pointer; }
summary:hover { color: var(--ink); }
.scroll { position: relative; max-width: 100%; overflow-x: auto; margin: 0 0 1.25rem; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; line-height: 1.4; font-variant-numeric: lining-nums tabular-nums; }
caption { padding-bottom: .5rem; font-weight: 600; text-align: left; }
details caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .5rem 0 .5rem 1rem; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: baseline; }
thead th { border-bottom-color: var(--ink); color: var(--soft); font-weight: 500; vertical-align: bottom; }
tbody th { font-weight: 500; }
th:first-child { position: sticky; left: 0; padding-left: 0; background: var(--back); }
.words { text-align: left; } td.words { min-width: 11rem; } td:not(.words) { white-space: nowrap; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
@media (max-width: 40rem) {
  body { font-size: 1.0625rem; }
  .headlines { grid-template-columns: 1fr 1fr; }
  .headlines b { font-size: 1.6rem; }
  .plot.wide { display: none; } .plot.narrow { display: block; }
  thead th { white-space: nowrap; } th, td { min-width: 4.2rem; padding-left: .8rem; } th:first-child { min-width: 6rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  @page { margin: 18mm 16mm; }
  :root { color-scheme: light; --back: #fff; }
  body { font-size: 10.5pt; }
  .page { max-width: none; padding: 0; }
  section { margin-top: 2rem; }
  h2, h3, figcaption, .legend, summary { break-after: avoid; }
  .plot, tr, .verdict, .missing, .headlines > div { break-inside: avoid; }
  .plot, .plot.wide { max-height: 22cm; } .plot.wide { display: block; } .plot.narrow { display: none; }
  .plot rect, .plot path, .plot circle { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; } table { font-size: 7.5pt; } th, td { padding-left: .5em; } td.words { min-width: 0; } td:not(.words) { white-space: normal; } th { overflow-wrap: anywhere; }
  th:first-child { position: static; }
  details::details-content { content-visibility: visible; height: auto; block-size: auto; }
  details:not([open]) > :not(summary) { display: block; }
  summary { list-style: none; }
}
`);
