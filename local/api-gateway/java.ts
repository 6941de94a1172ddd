import { TemplateError } from './template-error.ts';

/** Prints a value as Java's toString does, and null as API Gateway does: not at all. */
export function print(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  // Objects print as {a=b}, which is no JSON; fractions and large numbers as Java writes doubles. No template should want either.
  throw new TemplateError(`printing ${typeof value === 'number' ? String(value) : Array.isArray(value) ? 'a list' : 'an object'} is not supported; use $input.json()`);
}

type Methods = Record<string, (value: never, ...args: never[]) => unknown>;

/** Java's String, as far as its methods were recorded in templates on API Gateway. */
const stringMethods: Methods = {
  length: (text: string) => text.length,
  contains: (text: string, part: string) => text.includes(part),
  startsWith: (text: string, part: string) => text.startsWith(part),
  indexOf: (text: string, part: string) => text.indexOf(part),
  substring: (text: string, from: number, until?: number) => substring(text, from, until ?? text.length),
  matches: (text: string, pattern: string) => regExp(`^(?:${pattern})$`).test(text),
  replaceAll: (text: string, pattern: string, by: string) => text.replace(regExp(pattern, 'g'), by),
};

const listMethods: Methods = {
  add: (list: unknown[], value: unknown) => list.push(value) > 0,
  size: (list: unknown[]) => list.length,
  get: (list: unknown[], index: number) => list[index],
  contains: (list: unknown[], value: unknown) => list.includes(value),
  isEmpty: (list: unknown[]) => list.length === 0,
};

/**
 * Calls a method as a template does.
 * @throws TemplateError for one that is not known of API Gateway, instead of printing it
 */
export function callMethod(value: unknown, name: string, args: readonly unknown[]): unknown {
  const [type, methods] = typeof value === 'string' ? ['String', stringMethods] : Array.isArray(value) ? ['List', listMethods] : ['', undefined];
  if (methods) {
    if (!Object.hasOwn(methods, name)) throw new TemplateError(`${type}.${name}() is not supported; there are ${Object.keys(methods).join(', ')}`);
    return (methods[name] as (value: unknown, ...args: unknown[]) => unknown)(value, ...args);
  }
  const method: unknown = typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  if (typeof method !== 'function') throw new TemplateError(`.${name}() is not supported`);
  return (method as (...args: unknown[]) => unknown)(...args);
}

function substring(text: string, from: number, until: number): string {
  if (from < 0 || until > text.length || from > until) throw new TemplateError(`substring(${from}, ${until}) of a text of ${text.length}`);
  return text.slice(from, until);
}

/** Java's `\s` is ASCII's white space alone, JavaScript's that of Unicode. */
function regExp(pattern: string, flags = ''): RegExp {
  const ascii = pattern.replaceAll(/\[[^\]]*\]/g, (characters) => characters.replaceAll('\\s', ' \\t\\n\\x0b\\f\\r'));
  if (ascii.includes('\\s')) throw new TemplateError(`the pattern ${pattern}: \\s is supported within [] only`);
  return new RegExp(ascii, `u${flags}`);
}
