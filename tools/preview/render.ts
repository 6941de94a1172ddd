import { createRenderer, RenderFailed, textsFor, type RenderedEmail, type Renderer } from '../../lambdas/domain/emails/render.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { CompiledEmail, CompiledTexts, EmailData } from '../../lambdas/schemas/email.ts';
import { Html } from '../../local/console/html.ts';
import { inLanguage } from '../emails/checks.ts';
import { filesOf, type EmailSource } from '../emails/compiler.ts';
import { emailFor, NothingToShow, type PersonEmail, type PersonStores } from './person.ts';
import { BadSample, sampleData } from './samples.ts';
import type { Problem } from './emails.ts';

/** The data that an email is filled with: a sample by its name, or a person. */
export type Choice = ({ sample: string } | { user: string }) & {
  /** One of {@link languagesOf}; left out, that of the data. */
  language?: string;
};

/** Languages that an email has beside its own. */
export const languagesOf = ({ compiled }: EmailSource): string[] => Object.keys(compiled.locales ?? {});

export interface Rendered extends RenderedEmail {
  /** What an inbox shows after the subject. */
  preheader: Html;
  htmlBytes: number;
  /** Only for a person. */
  person?: Pick<PersonEmail, 'step' | 'skipped'>;
}

export type Outcome = { rendered: Rendered } | { problem: Problem };

export interface RenderedView {
  config: Config;
  /** Left out when no Segue was named. */
  openStores?: () => Promise<PersonStores>;
}

/** What keeps an email from being shown comes back as a problem. */
export async function renderChoice({ config, openStores }: RenderedView, name: string, source: EmailSource, choice: Choice): Promise<Outcome> {
  const renderer = rendererOf(name, source.compiled, choice.language ?? '');
  try {
    if ('sample' in choice) return { rendered: withMeasures(renderer.render(name, sampleData(source, choice.sample))) };
    if (openStores === undefined) throw new NothingToShow('start with --local [DIR] to see emails for people of a Segue on this machine');
    const { mail, step, skipped } = await emailFor(await openStores(), renderer, config, name, choice.user);
    return { rendered: { ...withMeasures(mail), person: { step, skipped } } };
  } catch (error) {
    if (error instanceof BadSample) return { problem: { file: `${name}/sample.json`, reason: error.message } };
    if (error instanceof PartFailed) return { problem: { file: `${name}/${error.file}`, reason: error.message } };
    if ('user' in choice) return { problem: { file: undefined, reason: error instanceof Error ? error.message : String(error) } };
    throw error;
  }
}

function withMeasures({ subject, html, text }: RenderedEmail): Rendered {
  // MJML puts the preheader first, into a box that nobody sees.
  const hidden = /<body[^>]*>\s*<div style="display:none[^"]*">([\s\S]*?)<\/div>/.exec(html)?.[1] ?? '';
  return { subject, preheader: new Html(hidden.replace(/<[^>]*>/g, '').trim()), html, htmlBytes: Buffer.byteLength(html), text };
}

const noParts: CompiledTexts = { subject: '', text: '', html: '' };

class PartFailed extends Error {
  readonly file: string;
  constructor(part: keyof CompiledTexts, locale: string, { message, cause }: RenderFailed) {
    // Lines are counted in the compiled HTML, where nobody would look for them.
    super(part === 'html' ? message.replace(/, line:\d+, col:\d+/, '') : message, { cause });
    this.file = filesOf(locale)[part];
  }
}

/** A renderer in one language, or that of the data, which says at which of an email's files it failed. */
function rendererOf(name: string, compiled: CompiledEmail, language: string): Renderer {
  const renderer = createRenderer({ [name]: compiled });
  return {
    render(email, given) {
      const data = inLanguage(given, language);
      try {
        return renderer.render(email, data);
      } catch (error) {
        const part = error instanceof RenderFailed && partAtFault(textsFor(compiled, data.locale), data);
        if (!part) throw error;
        throw new PartFailed(part, localeOf(compiled, data.locale), error);
      }
    },
  };
}

/** Tries each part alone. Data that do not fit are no part's fault. */
function partAtFault(texts: CompiledTexts, data: EmailData): keyof CompiledTexts | undefined {
  if (failsWith(noParts, data)) return undefined;
  return (Object.keys(noParts) as (keyof CompiledTexts)[]).find((part) => failsWith({ ...noParts, [part]: texts[part] }, data));
}

function localeOf(compiled: CompiledEmail, locale: string): string {
  const texts = textsFor(compiled, locale);
  return Object.entries(compiled.locales ?? {}).find(([, its]) => its === texts)?.[0] ?? '';
}

function failsWith(email: CompiledTexts, data: EmailData): boolean {
  try {
    createRenderer({ email }).render('email', data);
    return false;
  } catch {
    return true;
  }
}
