import * as z from 'zod/mini';

/** A name of the IANA time zone database. */
export const timeZone = z.string().check(z.refine(isTimeZone, 'not a time zone of the IANA database, such as Europe/Berlin or UTC'));

function isTimeZone(timeZone: string): boolean {
  try {
    return /^[a-z]/i.test(timeZone) && new Intl.DateTimeFormat('en', { timeZone }) !== undefined;
  } catch {
    return false;
  }
}
