import type { Brand } from '../../schemas/brand.ts';
import type { Config } from '../../schemas/config.ts';
import type { PageTextName, PageTexts } from '../../schemas/page-texts.ts';
import { languageFor, readLocales } from '../locale.ts';
import { html, type Html } from './html.ts';
import { de } from './german.ts';
import { en } from './english.ts';

/** What a page is made with: the sender, the brand, and the language of its texts. */
export interface PageLook {
  name: string;
  brand: Brand;
  language: string;
  /** A text with its words in braces filled in; what is filled in is escaped. */
  text(name: PageTextName, values?: Readonly<Record<string, Html | string | number>>): Html;
  /** The same for a mail's subject and text part, with nothing escaped. */
  plain(name: PageTextName, values?: Readonly<Record<string, string | number>>): string;
}

export type LookConfig = Pick<Config, 'sender' | 'brand' | 'languages' | 'pageTexts'>;

const written: Readonly<Record<string, PageTexts>> = { en, de };

/**
 * The look of a page for somebody.
 * @param wanted languages in the order of preference, such as that of the person's emails, and then those of their browser
 */
export function pageLook({ sender, brand, languages, pageTexts }: LookConfig, wanted: readonly (string | undefined)[]): PageLook {
  const language = pageLanguage(languages, wanted);
  const texts = [language, language.split('-')[0] as string].map((tag) => (Object.hasOwn(pageTexts, tag) ? pageTexts[tag] : Object.hasOwn(written, tag) ? written[tag] : undefined)).find((found) => found !== undefined) ?? en;
  return { name: sender.name, brand, language, text: (name, values = {}) => filled(texts[name], values), plain: (name, values = {}) => texts[name].replaceAll(/\{(\w+)\}/g, (part, word: string) => (Object.hasOwn(values, word) ? String(values[word]) : part)) };
}

/** The first wanted language in which emails are written, else that of the emails themselves. */
export function pageLanguage(languages: readonly string[], wanted: readonly (string | undefined)[]): string {
  for (const tag of wanted) {
    const found = readLocales(tag ?? '').map((locale) => languageFor(locale, languages)).find((language) => language !== undefined);
    if (found !== undefined) return found;
  }
  return languages[0] as string;
}

/** Languages of a browser in the order of preference, from its header `Accept-Language`. */
export function languagesOfBrowser(headers: Readonly<Record<string, string | undefined>> | null): string[] {
  const header = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'accept-language')?.[1] ?? '';
  return readLocales(header);
}

function filled(text: string, values: Readonly<Record<string, Html | string | number>>): Html {
  return html`${text.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 0 || !Object.hasOwn(values, part) ? part : (values[part] as Html | string | number)))}`;
}
