import * as z from 'zod/mini';
import { createLiquid } from '../../lambdas/domain/emails/liquid.ts';
import { emailData } from '../../lambdas/schemas/email.ts';
import type { EmailContext } from './sources.ts';

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
}

/** What one path of the email data is: `items[].author`. */
export interface Variable {
  path: string;
  optional: boolean;
}

/** Of a shop that declares nothing. */
export const plainContext: EmailContext = { person: {}, entry: {}, hasProducts: true };

/** Every variable that a template may use: those of the schema of the data, and the declared ones. */
export function knownVariables({ person, entry, hasProducts }: EmailContext = plainContext): Variable[] {
  const declared = (of: string, values: EmailContext['person']) => Object.entries(values).map(([name, { default: fallback }]) => ({ path: `${of}.${name}`, optional: fallback === undefined }));
  const isThere = ({ path }: Variable) => path !== 'entry' && (hasProducts || !(path === 'links.cart' || /^items\b/.test(path)));
  const own = walk(z.toJSONSchema(emailData) as JsonSchema, '').filter(isThere);
  return [...own.map((one) => (one.path === 'links.cart' ? { ...one, optional: false } : one)), ...declared('person', person), ...declared('entry', entry)];
}

function walk(schema: JsonSchema, path: string): Variable[] {
  const inList = schema.items === undefined ? [] : [{ path: `${path}[]`, optional: false }, ...walk(schema.items, `${path}[]`)];
  const inObject = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const innerPath = path === '' ? name : `${path}.${name}`;
    return [{ path: innerPath, optional: !(schema.required ?? []).includes(name) }, ...walk(inner, innerPath)];
  });
  return [...inList, ...inObject];
}

/**
 * Variables in a template that the data do not have, in any branch, whether it is taken or not. Names that `for` and
 * `assign` introduce are followed back to what they stand for.
 */
export function unknownVariables(template: string, context: EmailContext = plainContext): string[] {
  const known = new Set(knownVariables(context).map((variable) => variable.path));
  const unknown = usesIn(template).filter(({ of }) => !of.every((path) => known.has(path)));
  return [...new Set(unknown.map(({ name }) => name))].sort();
}

/** The data that a template uses in any branch: `items[].author`, or `items[]` where a filter takes the whole item. */
export function usedPaths(template: string): string[] {
  return [...new Set(usesIn(template).flatMap(({ of }) => of))].sort();
}

/** Variables as the template names them, and the data that they stand for. */
function usesIn(template: string): { name: string; of: string[] }[] {
  const aliases = aliasesIn(template);
  return createLiquid('plain')
    .variableSegmentsSync(template)
    .map((segments) => pathText(segments))
    .map((name) => ({ name, of: resolve(name, aliases) }));
}

type Aliases = Map<string, string[]>;

function aliasesIn(template: string): Aliases {
  const aliases: Aliases = new Map();
  const add = (name: string, ...paths: string[]) => aliases.set(name, [...(aliases.get(name) ?? []), ...paths]);
  for (const [, name = '', list = ''] of template.matchAll(/\{%-?\s*for\s+(\w+)\s+in\s+([\w.[\]]+)/g)) add(name, `${normal(list)}[]`);
  for (const [, name = '', value = ''] of template.matchAll(/\{%-?\s*assign\s+(\w+)\s*=\s*([\w.[\]]+)/g)) add(name, normal(value));
  // A literal text refers to no data.
  for (const [, name = ''] of template.matchAll(/\{%-?\s*assign\s+(\w+)\s*=\s*['"]/g)) add(name);
  return aliases;
}

const normal = (path: string): string => path.replace(/\[\d+\]/g, '[]');

function pathText(segments: readonly unknown[]): string {
  return segments.map((segment, index) => (typeof segment === 'number' ? '[]' : `${index === 0 ? '' : '.'}${String(segment)}`)).join('');
}

function resolve(path: string, aliases: Aliases): string[] {
  // `size` belongs to the language: it may follow any list.
  const bare = path.replace(/\.size$/, '');
  const [head = ''] = bare.split(/[.[]/);
  const targets = aliases.get(head);
  return targets === undefined ? [bare] : targets.flatMap((target) => resolve(`${target}${bare.slice(head.length)}`, aliases));
}
