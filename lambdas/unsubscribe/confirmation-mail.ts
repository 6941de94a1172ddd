import type { Mail } from '../adapters/mail/mailer.ts';
import { returnHours } from '../domain/links/return-link.ts';
import { html, Html } from '../domain/pages/html.ts';
import type { PageLook } from '../domain/pages/look.ts';
import type { Config } from '../schemas/config.ts';

/** The mail with the link to come back, in the look of the pages; mail programs want their styles beside each element. */
export function confirmationMail(sender: Config['sender'], to: string, { name: brand, brand: look, language, text, plain }: PageLook, titles: readonly string[], link: string): Mail {
  const { colors, darkColors: dark, font } = look;
  const topics = titles.join(', ');
  const style = (rules: string) => new Html(` style="${rules}"`);
  const note = style(`margin: 0 0 12px; color: ${colors.muted}; font-size: 14px`);
  // Styles beside an element win over those of the head, but for what is important.
  const inTheDark = new Html(`@media (prefers-color-scheme: dark) { body { background: ${dark.background} !important; color: ${dark.text} !important; } .card { background: ${dark.card} !important; } .note { color: ${dark.muted} !important; } .main { background: ${dark.accent} !important; color: ${dark.onAccent} !important; } }`);
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>${text('returnSubject', { brand })}</title><style>${inTheDark}</style></head>
<body${style(`margin: 0; padding: 24px 12px; background: ${colors.background}; color: ${colors.text}; font: 16px/1.5 ${font.replaceAll('"', "'")}`)}>
<div class="card"${style(`max-width: 560px; margin: 0 auto; padding: 24px; border-radius: 10px; background: ${colors.card}`)}>
<p class="note"${note}>${brand}</p>
<p${style('margin: 0 0 20px')}>${text('returnMailWhy', { brand, topics })}</p>
<p${style('margin: 0 0 20px')}><a ses:no-track href="${link}" class="main"${style(`display: inline-block; padding: 11px 20px; border-radius: 6px; background: ${colors.accent}; color: ${colors.onAccent}; font-weight: 600; text-decoration: none`)}>${text('returnYes')}</a></p>
<p class="note"${note}>${text('returnMailIgnore', { hours: returnHours })}</p>
<p class="note"${style(`margin: 0; color: ${colors.muted}; font-size: 14px`)}>${sender.postalAddress}</p>
</div></body></html>`.text;
  return {
    to,
    from: sender,
    replyTo: sender.replyTo,
    subject: plain('returnSubject', { brand }),
    html: page,
    text: [plain('returnMailWhy', { brand, topics }), `${plain('returnYes')}: ${link}`, plain('returnMailIgnore', { hours: returnHours }), sender.postalAddress, ''].join('\n\n'),
    headers: {},
    tags: { kind: 'confirmation' },
  };
}
