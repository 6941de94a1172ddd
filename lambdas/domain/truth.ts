const words = new Map<string, boolean>([
  ...['true', 'yes', 'y', 'on', '1', 't'].map((word) => [word, true] as const),
  ...['false', 'no', 'n', 'off', '0', 'f'].map((word) => [word, false] as const),
]);

/**
 * Reads a value where a boolean is expected: `true`, `TRUE`, `"yes"` and `1` are true, null is false.
 * @returns undefined for what is neither, such as `"maybe"`
 */
export function truthOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === null) return false;
  return typeof value === 'string' || typeof value === 'number' ? words.get(String(value).trim().toLowerCase()) : undefined;
}
