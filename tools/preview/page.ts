import { html, type Html } from '../../local/console/html.ts';
import { style } from '../../local/console/style.ts';
import { htmlLimitBytes } from '../emails/checks.ts';
import type { Choice, Outcome, Rendered } from './render.ts';
import { sampleNames } from './samples.ts';
import type { Problem } from './emails.ts';
import { previewStyle } from './style.ts';

export interface Frame {
  title: string;
  version: string;
  /** What keeps the emails from being compiled, on whichever page. */
  problem: Problem | undefined;
}

export const listTitle = 'Emails';

/** A whole page; its `main` is put in anew after each change. */
export function page({ title, version, problem }: Frame, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${title}</title><style>${style}${previewStyle}</style></head>
<body>
<header><h1>${title}</h1>${title !== listTitle && html`<p><a href="/">All emails</a></p>`}<p id="status" class="note" role="status"></p></header>
<main id="live" data-version="${version}">
${problem && problemBox(problem, 'The emails cannot be compiled. What is shown is older')}
${content}
</main>
<script src="/preview.js"></script>
</body>
</html>`;
}

const problemBox = ({ file, reason }: Problem, headline: string): Html =>
  html`<div class="problem" role="alert"><strong>${headline}${file && html`: <code>emails/${file}</code>`}</strong><pre>${reason}</pre></div>`;

export interface Listed {
  name: string;
  outcome: Outcome;
  /** Beside its own. */
  languages: readonly string[];
  /** What the build would object to. */
  warnings: readonly string[];
}

export function listPage(emails: readonly Listed[]): Html {
  if (emails.length === 0) return html`<p class="empty">There is no email that could be shown.</p>`;
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">Email</th><th scope="col">Subject</th><th scope="col">Other languages</th><th scope="col">Size</th><th scope="col">State</th></tr></thead>
<tbody>${emails.map(listRow)}</tbody>
</table></div>`;
}

function listRow({ name, outcome, languages, warnings }: Listed): Html {
  const link = html`<th scope="row"><a href="${emailPath(name)}">${name}</a></th>`;
  if ('problem' in outcome) return html`<tr>${link}<td></td><td></td><td></td><td>${outcome.problem.file}: ${outcome.problem.reason}</td></tr>`;
  const { subject, htmlBytes } = outcome.rendered;
  const state = warnings.length === 0 ? 'ok' : `${warnings.length} to mend`;
  return html`<tr>${link}<td>${subject}</td><td>${languages.join(', ')}</td><td>${kilobytes(htmlBytes)}</td><td>${state}</td></tr>`;
}

export const unknownPage = (what: string, name: string, known: readonly string[]): Html =>
  html`<p class="empty">There is no ${what} ${JSON.stringify(name)}; there are ${known.join(', ') || 'none'}.</p>`;

export interface EmailView extends Listed {
  choice: Choice;
  hasPeople: boolean;
}

export function emailPage({ name, choice, outcome, warnings, hasPeople, languages }: EmailView): Html {
  const controls = html`${sampleForm(choice)}${hasPeople && personForm(choice)}${languages.length > 0 && languageLinks(languages, choice)}`;
  return html`<div class="controls">${controls}</div>
${warnings.length > 0 && warningBox(warnings)}
${'problem' in outcome ? problemBox(outcome.problem, 'It cannot be shown') : renderedView(name, choice, outcome.rendered)}`;
}

function sampleForm(choice: Choice): Html {
  const options = sampleNames.map(
    (name) => html`<option${'sample' in choice && name === choice.sample && html` selected`}>${name}</option>`,
  );
  return html`<form><label for="sample">Data</label>
<select id="sample" name="sample">${'user' in choice && html`<option selected value="sample">a person</option>`}${options}</select>${sameLanguage(choice)}
<noscript><button>Show</button></noscript></form>`;
}

const personForm = (choice: Choice): Html =>
  html`<form><label for="user">Person</label>
<input id="user" name="user" placeholder="user id" required value="${'user' in choice && choice.user}">${sameLanguage(choice)}<button>Show</button></form>`;

const sameLanguage = ({ language }: Choice): Html | false =>
  language !== undefined && html`<input type="hidden" name="language" value="${language}">`;

function languageLinks(languages: readonly string[], { language: chosen, ...data }: Choice): Html {
  const link = (title: string, choice: Choice) =>
    html` <a href="?${new URLSearchParams({ ...choice }).toString()}"${choice.language === chosen && html` aria-current="true"`}>${title}</a>`;
  const others = languages.map((language) => link(language, { ...data, language }));
  return html`<nav aria-label="Language">Language${link('as the data', data)}${others}</nav>`;
}

const warningBox = (warnings: readonly string[]): Html =>
  html`<div class="problem" role="alert"><strong>The build would refuse this email</strong>
<ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></div>`;

function renderedView(name: string, choice: Choice, { subject, preheader, htmlBytes, text, person }: Rendered): Html {
  const source = `${emailPath(name)}/html?${new URLSearchParams({ ...choice })}`;
  return html`<dl>
<dt>Subject</dt><dd>${subject || '(empty)'}</dd>
<dt>Preheader</dt><dd>${preheader.text === '' ? '(none)' : preheader}</dd>
<dt>Size</dt><dd>${size(htmlBytes)}</dd>
${person && html`<dt>Step</dt><dd>${person.step}${person.skipped && html`; it would not go now: ${person.skipped}`}</dd>`}
</dl>
<div class="frames">${emailFrame('desktop', 'Desktop, 640 px', source)}${emailFrame('phone', 'Phone, 375 px', source)}</div>
<p><a href="${source}" target="_blank">HTML alone</a></p>
<h2>Plain text</h2>
<pre tabindex="0">${text}</pre>`;
}

const size = (bytes: number): Html =>
  html`<meter min="0" max="${htmlLimitBytes}" high="${Math.round(htmlLimitBytes * 0.8)}" optimum="0" value="${bytes}">${bytes} bytes</meter>
${kilobytes(bytes)} of ${kilobytes(htmlLimitBytes)}, ${bytes > htmlLimitBytes ? 'so Gmail clips it' : 'after which Gmail clips'}`;

const emailFrame = (device: 'desktop' | 'phone', caption: string, source: string): Html =>
  html`<figure><figcaption>${caption}</figcaption>
<iframe class="${device}" title="${caption}" src="${source}" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe></figure>`;

const emailPath = (name: string): string => `/email/${encodeURIComponent(name)}`;
const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;
