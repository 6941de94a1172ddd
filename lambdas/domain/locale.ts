const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/** Headers of browsers are shorter. */
const maxLength = 500;

/**
 * The locales that a text names, in BCP 47, the most wanted first. Reads a language tag in any case, with `_` for `-` or a POSIX encoding behind
 * (`de_DE.UTF-8`), and a list as browsers send it in `Accept-Language` (`de-DE,en;q=0.8`). What names no language that is known is left out.
 */
export function readLocales(text: string): string[] {
  const wanted = text.slice(0, maxLength).split(',').map((part) => {
    const [tag = '', ...parameters] = part.split(';').map((one) => one.trim());
    const weight = parameters.map((one) => /^q\s*=(.*)$/i.exec(one)?.[1]).find((one) => one !== undefined);
    return { locale: readTag(tag), weight: weight === undefined ? 1 : Number(weight) || 0 };
  });
  const known = wanted.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  return known.map(({ locale }) => locale).filter((locale) => locale !== undefined);
}

/** The locale that a text names, else `en`. */
export const knownLocale = (text: string): string => readLocales(text)[0] ?? 'en';

/** The first of the locales whose language is among those of the shop; undefined when there is none. */
export const writtenLocale = (locales: readonly string[], languages: readonly string[]): string | undefined => locales.find((locale) => languageFor(locale, languages) !== undefined);

/** Which language of the shop a locale stands for: that very one, such as `pt-br`, else the language without a country. */
export function languageFor(locale: string, languages: readonly string[]): string | undefined {
  const full = locale.toLowerCase();
  return [full, full.split('-')[0] as string].find((one) => languages.includes(one));
}

function readTag(text: string): string | undefined {
  // glibc writes language_COUNTRY.encoding@modifier.
  const tag = text.split(/[.@]/, 1)[0] ?? '';
  try {
    const [locale] = Intl.getCanonicalLocales(tag.replaceAll('_', '-'));
    // "german" and "posix" are well-formed, and no language.
    return locale !== undefined && languageNames.of(new Intl.Locale(locale).language) !== undefined ? locale : undefined;
  } catch {
    return undefined;
  }
}
