import type { Config } from '../../schemas/config.ts';
import type { UnreadTrait } from '../../schemas/workflow.ts';
import { readLocales, writtenLocale } from '../locale.ts';
import { readTimeZone } from '../time-zone.ts';
import type { Content } from './content.ts';

/** A person's time zone and locale. */
export interface Place {
  /** As Intl takes it. */
  timeZone: string;
  /** BCP 47. */
  locale: string;
  unread: UnreadTrait[];
}

/**
 * What the traits `timezone` and `locale` say, else the shop's `contact.timeZone` and the first of its `languages`. Of a list of
 * locales, the first that emails are written in goes before the first of all.
 */
export function placeOf({ traits }: Pick<Content, 'traits'>, { contact, languages }: Pick<Config, 'contact' | 'languages'>): Place {
  const zoneText = said(traits.timezone?.value);
  const timeZone = zoneText === undefined ? undefined : readTimeZone(zoneText);
  const localeText = said(traits.locale?.value);
  const locales = localeText === undefined ? [] : readLocales(localeText);
  return {
    timeZone: timeZone ?? contact.timeZone,
    locale: writtenLocale(locales, languages) ?? locales[0] ?? (languages[0] as string),
    unread: [...(zoneText !== undefined && timeZone === undefined ? (['unknown-time-zone'] as const) : []), ...(localeText !== undefined && locales.length === 0 ? (['unknown-locale'] as const) : [])],
  };
}

/** The text of a trait; undefined without one. A number or an object counts as a value that cannot be read. */
function said(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') return '?';
  return value.trim() === '' ? undefined : value;
}
