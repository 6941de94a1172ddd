/**
 * What programs send in place of an id that they do not have. These identify nobody: otherwise the one person `undefined` would gather
 * the history of a whole shop.
 */
const placeholders = new Set([
  'undefined',
  'null',
  '(null)',
  'nil',
  'none',
  'nan',
  'false',
  'true',
  '[object object]',
  '{}',
  '[]',
  '0',
  '-1',
  '-',
  'anonymous',
  'anonymous_user',
  'guest',
  'unknown',
  'not set',
  '(not set)',
  'not_authenticated',
  'n/a',
  'na',
  'id',
  'userid',
  'user_id',
  'anonymousid',
  'anonymous_id',
  'distinct_id',
  'email',
  '00000000-0000-0000-0000-000000000000',
]);

/** An id as text: numbers are ids, too; blank texts and null are none. Anything else stays, to be refused by name. */
export function idText(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return value;
  return value.trim() === '' ? undefined : value.toWellFormed();
}

/** Does a text stand in the place of an id, in any case and between quotes or blanks? */
export const isPlaceholder = (id: string): boolean => hasPlaceholder.test(id) && placeholders.has(id.trim().replace(/^(["'])(.*)\1$/s, '$2').trim().toLowerCase());

/** Says no to nearly every real id at its first letters, and yes to no other than may be placeholders. */
const hasPlaceholder = new RegExp(`^[\\s"']*(?:${[...placeholders].map((text) => text.replace(/[()[\]{}]/g, '\\$&')).join('|')})[\\s"']*$`, 'iu');
