const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] as string);

const style = `
:root { color-scheme: light dark; font: 1.0625rem/1.6 system-ui, sans-serif; }
body { max-width: 34rem; margin: 15vh auto 0; padding: 0 1.25rem; }
h1 { font: 600 1.6rem/1.3 Georgia, serif; }
button { font: inherit; padding: .6rem 1.2rem; margin: 0 .75rem .75rem 0; border: 1px solid currentColor; border-radius: .4rem; background: none; color: inherit; cursor: pointer; }
button.main { background: CanvasText; color: Canvas; }
button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }`;

/** The page behind an unsubscribe link; works without scripts. */
export function page(brand: string, state: 'ask' | 'done' | 'invalid', topic = ''): string {
  const shownTopic = escape(topic.replaceAll('_', ' '));
  const content = {
    ask: `<h1>Stop these emails?</h1>
<p>You get emails from ${escape(brand)} about <strong>${shownTopic}</strong>.</p>
<form method="post">
<button class="main" name="scope" value="topic">Stop emails about ${shownTopic}</button>
<button name="scope" value="all">Stop all emails</button>
</form>`,
    done: `<h1>Done.</h1>
<p>${topic === '*' ? `${escape(brand)} will not email you any more.` : `You will get no more emails about <strong>${shownTopic}</strong> from ${escape(brand)}.`}</p>
<p>An email that is on its way at this very moment may still arrive.</p>`,
    invalid: `<h1>This link does not work.</h1>
<p>It may have been cut short. Please use the link in the most recent email, or answer that email to be taken off the list.</p>`,
  }[state];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>Emails from ${escape(brand)}</title><style>${style}</style></head>
<body><main>${content}</main></body>
</html>`;
}
