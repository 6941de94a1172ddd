import type { Template } from 'liquidjs';
import * as z from 'zod/mini';
import { emailData, type CompiledEmail, type CompiledEmails, type CompiledTexts, type EmailData } from '../../schemas/email.ts';
import { createLiquid } from './liquid.ts';
import { languageFor, readLocales } from '../locale.ts';

export interface RenderedEmail {
  /** One line. */
  subject: string;
  html: string;
  text: string;
}

export interface Renderer {
  /**
   * Fills an email's templates. The same data gives the same email at any time.
   * @throws EmailNotFound when no email has that name
   * @throws RenderFailed when the data do not fit, or a template asks for something that is not there
   */
  render(email: string, data: EmailData): RenderedEmail;
}

export class EmailNotFound extends Error {
  override name = 'EmailNotFound';
  constructor(email: string, known: string[]) {
    super(`no email is called ${JSON.stringify(email)}; there are ${known.join(', ') || 'none'}`);
  }
}

/** Its message names templates and paths, never values, since errors are logged. */
export class RenderFailed extends Error {
  override name = 'RenderFailed';
  constructor(email: string, reason: string, cause?: unknown) {
    super(`email ${email} cannot be rendered: ${reason}`, { cause });
  }
}

type Parsed = Record<keyof CompiledTexts, Template[]>;

/** The texts for a locale: of just that one, else of its language, else those in the email's own language. */
export function textsFor(email: CompiledEmail, locale: string): CompiledTexts {
  const { locales = {} } = email;
  const [tag] = readLocales(locale);
  const language = tag === undefined ? undefined : languageFor(tag, Object.keys(locales));
  return (language === undefined ? undefined : locales[language]) ?? email;
}

/**
 * A renderer over emails/compiled.json. Each email is parsed when it is first asked for, once.
 * @param renderLimitMs time that one template may take; left out, a second
 */
export function createRenderer(compiled: CompiledEmails, renderLimitMs?: number): Renderer {
  const forHtml = createLiquid('html', renderLimitMs);
  const forText = createLiquid('plain', renderLimitMs);
  const cache = new Map<CompiledTexts, Parsed>();

  const parsed = (email: string, locale: string): Parsed => {
    if (!Object.hasOwn(compiled, email)) throw new EmailNotFound(email, Object.keys(compiled));
    const texts = textsFor(compiled[email] as CompiledEmail, locale);
    let templates = cache.get(texts);
    if (templates === undefined) {
      const { subject, html, text } = texts;
      templates = { subject: forText.parse(subject), html: forHtml.parse(html), text: forText.parse(text) };
      cache.set(texts, templates);
    }
    return templates;
  };

  return {
    render(email, data) {
      const checked = z.safeParse(emailData, data);
      if (!checked.success) {
        throw new RenderFailed(email, checked.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
      }
      try {
        const templates = parsed(email, checked.data.locale);
        const scope = oneLineTexts(checked.data) as EmailData;
        return {
          subject: oneLine(forText.renderSync(templates.subject, scope)),
          html: forHtml.renderSync(templates.html, scope),
          text: tidy(forText.renderSync(templates.text, scope)),
        };
      } catch (error) {
        if (error instanceof EmailNotFound) throw error;
        throw new RenderFailed(email, error instanceof Error ? error.message : String(error), error);
      }
    },
  };
}

/** Control characters would break headers and the text part; direction overrides would turn the text around them. */
function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .trim();
}

function oneLineTexts(value: unknown): unknown {
  if (typeof value === 'string') return oneLine(value);
  if (Array.isArray(value)) return value.map(oneLineTexts);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, oneLineTexts(inner)]));
  }
  return value;
}

/** Liquid tags leave blank lines behind. */
function tidy(text: string): string {
  return `${text
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
