import type { Mail } from '../ses/store.ts';
import { html, type Html } from './html.ts';
import { moment } from './page.ts';
import { style } from './style.ts';

/** One message. Its HTML stands in a frame of its own without scripts; showing it fetches the tracking picture, as a mail client would. */
export function mailPage({ messageId, subject, from, to, sentAtMs, headers, html: body, text, outcome }: Mail): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${subject}</title><style>${style}</style></head>
<body>
<header><h1>${subject || '(no subject)'}</h1><p><a href="/">Back</a></p></header>
<dl><dt>From</dt><dd>${from}</dd><dt>To</dt><dd>${to.join(', ')}</dd><dt>Sent</dt><dd>${moment(sentAtMs)} (${outcome})</dd>
${headers.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<main>
${body === undefined ? '' : html`<iframe title="The email" src="/_segue/mail/${messageId}/body" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`}
<p>What its reader or the mailbox may do:
<form method="post" action="/_segue/mail/${messageId}/complained"><button>Report as spam</button></form>
<form method="post" action="/_segue/mail/${messageId}/bounced"><button>Refuse (hard bounce)</button></form></p>
${text === undefined ? '' : html`<details><summary>Text part</summary><pre tabindex="0">${text}</pre></details>`}
</main>
</body>
</html>`;
}

/** The message itself, for the frame. Links open in a new tab. */
export function mailBody({ html: body = '' }: Mail): string {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(body) ? body.replace(/<head[^>]*>/i, (head) => head + base) : base + body;
}
