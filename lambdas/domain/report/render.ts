import { reportData, type ReportDataInput } from '../../schemas/report.ts';
import { html, type Html } from '../pages/html.ts';
import { accuracy } from './accuracy.ts';
import { buyers } from './buyers.ts';
import { campaigns } from './campaigns.ts';
import { createContext, type Context } from './context.ts';
import { days } from './days.ts';
import { experiments } from './experiments.ts';
import { instant } from './format.ts';
import { overlap } from './overlap.ts';
import { quality } from './quality.ts';
import { scores } from './scores.ts';
import { section } from './section.ts';
import { segments } from './segments.ts';
import { style } from './style.ts';
import { summary } from './summary.ts';
import { surveys } from './surveys.ts';

const sections: { id: string; title: string; content(context: Context): Html | Promise<Html> }[] = [
  { id: 'summary', title: 'In short', content: summary },
  { id: 'campaigns', title: 'Campaigns', content: campaigns },
  { id: 'days', title: 'Day by day', content: days },
  { id: 'experiments', title: 'Experiments', content: experiments },
  { id: 'segments', title: 'Segments', content: segments },
  { id: 'overlap', title: 'Overlap of segments', content: overlap },
  { id: 'scores', title: 'Scores and thresholds', content: scores },
  { id: 'accuracy', title: 'Rule, model and outcome', content: accuracy },
  { id: 'buyers', title: 'Buyers', content: buyers },
  { id: 'surveys', title: 'What people say', content: surveys },
  { id: 'quality', title: 'Quality of the data', content: quality },
];

/** The page makes no requests and runs no scripts, also when it is opened as a file. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/**
 * The report as one self-contained page: no scripts, no requests. The same data give the same page.
 * @throws ZodError for data that are not as the schema says
 */
export async function renderReport(input: ReportDataInput): Promise<string> {
  const context = createContext(reportData.parse(input));
  const { data, month } = context;
  const title = `${data.brand}: report of ${month}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<div class="page">
<header>
<p class="brand">${data.brand}</p>
<h1>${month}</h1>
<p class="made">Segments, emails and experiments. Made on ${instant(data.generatedAtMs)}.${context.isPartial && html` <span class="partial">The month is not over: these are its numbers so far.</span>`}</p>
<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ol>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ol></nav>
</header>
<main>
${await Promise.all(sections.map(async ({ id, title: name, content }) => section({ id, title: name, content: await content(context) })))}
</main>
<footer><p class="note">All times are UTC. The same numbers are in the JSON file beside this page.</p></footer>
</div>
</body>
</html>`.text;
}
