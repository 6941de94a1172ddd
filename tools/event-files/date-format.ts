import { DateTime } from 'luxon';
import { BadLine, UsageError } from '../simulate/errors.ts';

/** Epoch milliseconds of a time in a cell. @throws BadLine when it is none */
export type ReadTime = (text: string) => number;

const help = 'must be a form such as DD.MM.YYYY, MM/DD/YYYY h:mm A or YYYY-MM-DD HH:mm:ss Z';

/** What the letters mean, as Luxon spells it. Days and years may be in capitals, as spreadsheets and most libraries have them. */
const tokens: Record<string, string> = {
  ...{ YYYY: 'yyyy', yyyy: 'yyyy', YY: 'yy', yy: 'yy', MMMM: 'MMMM', MMM: 'MMM', MM: 'MM', M: 'M', DD: 'dd', dd: 'dd', D: 'd', d: 'd' },
  ...{ HH: 'HH', H: 'H', hh: 'hh', h: 'h', mm: 'mm', m: 'm', ss: 'ss', s: 's', SSS: 'SSS', A: 'a', a: 'a' },
  ...{ Z: 'ZZ', ZZ: 'ZZZ' },
};
/** One digit will do where the next character is no digit. */
const unpadded: Record<string, string> = { MM: 'M', dd: 'd', HH: 'H', hh: 'h' };

/**
 * Makes the function that reads times of one form. Times without an offset are UTC; days, months and hours of one digit are read as well.
 * @throws UsageError when the form has no year, month or day, or letters that mean nothing
 */
export function dateReader(format: string): ReadTime {
  const fail = (problem: string) => new UsageError(`--date-format: ${JSON.stringify(format)}: ${problem}`);
  const parts = format.match(/([A-Za-z])\1*|[^A-Za-z]+/g) ?? [];
  const spelt = parts.map((part) => {
    // In ISO forms, a T stands between date and time.
    if (part === 'T') return "'T'";
    if (!/[A-Za-z]/.test(part)) return part;
    const token = Object.hasOwn(tokens, part) ? tokens[part] : undefined;
    if (token === undefined) throw fail(`${part} means nothing; it ${help}`);
    return token;
  });
  const has = (...some: string[]) => spelt.some((part) => some.includes(part));
  if (!has('MM', 'M', 'MMM', 'MMMM') && has('mm', 'm')) throw fail('mm are minutes; months are MM');
  if (!has('yyyy', 'yy') || !has('MM', 'M', 'MMM', 'MMMM') || !has('dd', 'd')) throw fail(help);
  if (has('hh', 'h') && !has('a')) throw fail('h is one of 12 hours and needs A for AM or PM; of 24 hours it is HH');
  const isToken = (part: string | undefined) => part !== undefined && /^[A-Za-z]/.test(part);
  const relaxed = spelt.map((part, place) => (isToken(spelt[place - 1]) || isToken(spelt[place + 1]) ? part : (unpadded[part] ?? part)));
  const parser = DateTime.buildFormatParser(relaxed.join(''), { locale: 'en-US' });
  return (text) => {
    const time = DateTime.fromFormatParser(text.trim(), parser, { zone: 'utc', locale: 'en-US' });
    if (!time.isValid) throw new BadLine(`time ${JSON.stringify(text)} is not ${format}, which --date-format gives`);
    return time.toMillis();
  };
}
