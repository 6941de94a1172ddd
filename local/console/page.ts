import { html, type Html } from './html.ts';
import { style } from './style.ts';
import type { ConsoleSource, WorkflowView } from './state.ts';
import { workflowView } from './state.ts';
import type { Person } from './people.ts';
import type { Mail } from '../ses/store.ts';

const shown = 200;

/** The whole page. The part in `main` is fetched again every second or two; `<details>` that are open stay so. */
export async function page(source: ConsoleSource): Promise<Html> {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Segue, locally</title>
<style>${style}</style>
</head>
<body>
<header><h1>Segue</h1><p id="time" role="status">${time(source)}</p><p><a href="/report">Report of this month</a></p></header>
<section aria-labelledby="next"><h2 id="next">Send a first event</h2>${start(source)}</section>
<main id="live">${await live(source)}</main>
<script src="/_segue/live.js" defer></script>
</body>
</html>`;
}

export const time = ({ nowMs, scale }: ConsoleSource): Html =>
  html`It is ${moment(nowMs())}${scale === 1 ? '' : html`; ${scale} seconds pass in one`}.`;

export async function live(source: ConsoleSource): Promise<Html> {
  const people = await source.people();
  const mails = source.mails();
  const workflows = source.executions().map(workflowView);
  return html`
<section aria-labelledby="people"><h2 id="people">People <small>${people.length}</small></h2>${peopleTable(people, source)}</section>
<section aria-labelledby="inbox"><h2 id="inbox">Inbox <small>${mails.length}</small></h2>${inbox(mails)}</section>
<section aria-labelledby="workflows"><h2 id="workflows">Workflows <small>${workflows.length}</small></h2>${workflowTable(workflows, source)}</section>`;
}

function start({ url, keys, firstEvent }: ConsoleSource): Html {
  const call = (route: string, body: object) =>
    `curl -X POST ${url}/v1/${route} -u '${keys.server}:' -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body)}'`;
  const identify = call('identify', { userId: 'ada', traits: firstEvent.traits });
  const add = call('track', { userId: 'ada', event: firstEvent.event, properties: firstEvent.properties });
  return html`
<p>Paste these into a terminal: Ada agrees to emails, then the event <code>${firstEvent.event}</code>${firstEvent.campaign !== undefined && html` starts the campaign ${firstEvent.campaign}`}.</p>
<pre tabindex="0" aria-label="Commands"><code>${identify}\n\n${add}</code></pre>
<dl>
<dt>Endpoint</dt><dd><code>${url}</code> (Segment HTTP API)</dd>
<dt>Write key for browsers</dt><dd><code>${keys.web}</code> public; it may not set addresses or count conversions</dd>
<dt>Write key for servers</dt><dd><code>${keys.server}</code> secret</dd>
</dl>`;
}

function peopleTable(people: readonly Person[], { segmentTitles }: ConsoleSource): Html {
  if (people.length === 0) return html`<p class="empty">Nobody yet.</p>`;
  const rows = people.slice(0, shown).map(
    ({ userKey, segment, segmentSinceMs, byModel, scores, workflows, mergedInto }) => html`<tr><th scope="row">${personName(userKey)}</th>
<td>${mergedInto === undefined ? html`<span title="${segmentTitles[segment ?? ''] ?? ''}">${segment ?? '-'}</span>${byModel !== undefined && ` by the model, ${Math.round(byModel * 100)}%`}` : html`now ${personName(mergedInto)}`}</td>
<td>${segmentSinceMs === undefined ? '-' : moment(segmentSinceMs)}</td>
<td>${Object.entries(scores).map(([name, value]) => html`${name} ${value.toFixed(1)} `)}</td><td>${workflows.length}</td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th scope="col">Person</th><th scope="col">Segment</th><th scope="col">Since</th><th scope="col">Score</th><th scope="col">Running</th></tr></thead>
<tbody>${rows}</tbody></table></div>${more(people.length)}`;
}

function inbox(mails: readonly Mail[]): Html {
  if (mails.length === 0) return html`<p class="empty">No email yet.</p>`;
  const rows = mails.slice(0, shown).map(
    ({
      messageId,
      subject,
      to,
      sentAtMs,
      outcome,
      openCount,
      clicked,
    }) => html`<tr><th scope="row"><a href="/_segue/mail/${messageId}">${subject || '(no subject)'}</a></th>
<td>${to.join(', ')}</td><td>${moment(sentAtMs)}</td><td>${outcome}${openCount > 0 && ', opened'}${clicked.length > 0 && ', clicked'}</td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th scope="col">Subject</th><th scope="col">To</th><th scope="col">Sent</th><th scope="col">What became of it</th></tr></thead>
<tbody>${rows}</tbody></table></div>${more(mails.length)}`;
}

function workflowTable(workflows: readonly WorkflowView[], { firstEvent }: ConsoleSource): Html {
  if (workflows.length === 0) return html`<p class="empty">None yet.${firstEvent.campaign !== undefined && html` <code>${firstEvent.event}</code> starts one.`}</p>`;
  const rows = workflows.slice(0, shown).map(
    ({
      name,
      machine,
      userKey,
      status,
      state,
      startedAtMs,
      error,
      cause,
      states,
    }) => html`<tr><th scope="row">${machine}</th><td>${personName(userKey)}</td>
<td><span class="status ${status.toLowerCase()}">${status.toLowerCase()}</span>${error !== undefined && html` ${error}`}${cause !== undefined && html`: ${cause.slice(0, 200)}`}</td>
<td>${moment(startedAtMs)}</td>
<td><details data-key="${name}"><summary>${state ?? '-'}</summary><ol>${states.map((one) => html`<li>${one.state}, ${moment(one.enteredAtMs)}</li>`)}</ol></details></td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th scope="col">Campaign</th><th scope="col">Person</th><th scope="col">Status</th><th scope="col">Started</th><th scope="col">State</th></tr></thead>
<tbody>${rows}</tbody></table></div>${more(workflows.length)}`;
}

/** User keys say what kind of id they hold: `u#` a user id, `a#` an anonymous one. */
const personName = (userKey: string): string => userKey.replace(/^u#/, '').replace(/^a#/, 'anonymous ');

const more = (count: number): Html =>
  html`${count > shown && html`<p>The first ${shown} of ${count}; all are in the JSON below <code>/_segue/</code>.</p>`}`;

/** UTC, to the second. */
export const moment = (ms: number): Html => {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;
};
