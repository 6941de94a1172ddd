import type { Brand } from '../../schemas/brand.ts';
import { Html, html } from './html.ts';
import { languagesOfBrowser, pageLook, type LookConfig, type PageLook } from './look.ts';

/** The colours of the brand, whose pairs have been checked for the contrast of WCAG AA in both schemes. */
function colours({ colors, darkColors, font }: Brand): Html {
  const both = (name: keyof Brand['colors']) => `light-dark(${colors[name]}, ${darkColors[name]})`;
  return new Html(`:root { color-scheme: light dark; --back: ${both('background')}; --card: ${both('card')}; --ink: ${both('text')}; --soft: ${both('muted')};
  --main: ${both('accent')}; --on-main: ${both('onAccent')}; --wrong: light-dark(#b3261e, #f2b8b5); --font: ${font}; }`);
}

/** Pages for the people who get the emails: one column, no scripts, no requests but for the logo. */
const style = new Html(`
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 1.0625rem/1.55 var(--font); }
main { max-width: 36rem; margin: 0 auto; padding: clamp(1.25rem, 6vh, 4rem) 1.25rem 3rem; overflow-wrap: anywhere; }
.brand { margin: 0; color: var(--soft); font-weight: 600; }
h1 { margin: .25rem 0 1.25rem; font: 600 clamp(1.5rem, 6vw, 1.9rem)/1.25 var(--font); text-wrap: balance; }
h2, legend { padding: 0; font: 600 1.125rem/1.4 var(--font); }
h2 { margin: 0 0 .25rem; }
p { margin: 0 0 .75rem; }
section, form.card, .status, .problem { margin: 0 0 1rem; padding: 1.1rem 1.25rem; border-radius: .6rem; background: var(--card); }
.status { border-left: .35rem solid var(--main); }
.problem { border-left: .35rem solid var(--wrong); }
.brand img { display: block; max-width: 100%; height: auto; }
.status > :last-child, .problem > :last-child, section > :last-child { margin-bottom: 0; }
fieldset { min-width: 0; margin: 0 0 1rem; padding: 0; border: 0; }
.choice { display: grid; grid-template-columns: 1.4rem 1fr; gap: 0 .75rem; align-items: center; margin-top: .35rem; }
.choice input { width: 1.4rem; height: 1.4rem; margin: 0; accent-color: var(--main); }
.choice label { padding: .5rem 0; font-weight: 600; cursor: pointer; }
.choice p { grid-column: 2; margin: -.35rem 0 .35rem; color: var(--soft); font-size: .95rem; }
label.field { display: block; font-weight: 600; }
textarea { display: block; width: 100%; margin: .35rem 0 .35rem; padding: .6rem .75rem; border: 1px solid var(--soft); border-radius: .4rem; background: var(--back); color: inherit; font: inherit; }
button { min-height: 2.75rem; padding: .55rem 1.2rem; border: 1px solid var(--main); border-radius: .4rem; background: none; color: var(--main); font: inherit; font-weight: 600; cursor: pointer; }
button.main { background: var(--main); color: var(--on-main); }
:focus-visible { outline: 3px solid var(--main); outline-offset: 3px; }
.note { color: var(--soft); font-size: .95rem; }
@media (max-width: 30rem) { button { width: 100%; } }
@media (forced-colors: active) { section, form.card, .status, .problem, button.main { border: 1px solid; } }
`);

/** @param title what the window says; screen readers read it first, so it says what happened */
export function personPage({ name, brand, language }: PageLook, title: Html | string, content: Html): string {
  return html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title} - ${name}</title><style>${colours(brand)}${style}</style></head>
<body><main>
<p class="brand">${brand.logo ? html`<img src="${brand.logo.url}" width="${brand.logo.widthPx}" alt="${name}">` : name}</p>
${content}
</main></body>
</html>`.text;
}

/** A page as the API answers with it: it may not be cached or framed, and its address is sent to no other site. */
export function pageAnswer({ brand, language }: Pick<PageLook, 'brand' | 'language'>, statusCode: number, body: string) {
  const pictures = brand.logo ? ` img-src ${new URL(brand.logo.url).origin};` : '';
  return {
    statusCode,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Robots-Tag': 'noindex',
      'Content-Language': language,
      'Content-Security-Policy': `default-src 'none';${pictures} style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    },
    body,
  };
}

/** The answer of a page's function that failed: a page in the language of the browser, with a status that the API's alarm counts. */
export const faultAnswer = (config: LookConfig) => ({ headers }: { headers: Readonly<Record<string, string | undefined>> | null }) => {
  const look = pageLook(config, languagesOfBrowser(headers));
  const { text } = look;
  return pageAnswer(look, 503, personPage(look, text('faultTitle'), html`<h1>${text('fault')}</h1>\n<p>${text('faultWhy')}</p>`));
};

/** The fields of a form that was sent; of any other body, none. */
export function formIn({ body, isBase64Encoded }: { body: string | null; isBase64Encoded: boolean }): URLSearchParams {
  return new URLSearchParams(isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? ''));
}
