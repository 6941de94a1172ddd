import { StatesError } from './errors.ts';

/** Reads `$`, `$.a.b`, `$['a']` and `$.a[0]`; `$$` reads the context object. @returns undefined when nothing is there */
export function read(path: string, input: unknown, context: unknown): unknown {
  const root = path.startsWith('$$') ? context : input;
  let here: unknown = root;
  for (const part of partsOf(path.startsWith('$$') ? path.slice(1) : path)) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, part)) return undefined;
    here = (here as Record<string, unknown>)[part];
  }
  return here;
}

export function mustRead(path: string, input: unknown, context: unknown): unknown {
  const value = read(path, input, context);
  if (value === undefined) throw new StatesError('States.ParameterPathFailure', `the path ${path} is not in the input`);
  return value;
}

function partsOf(path: string): string[] {
  if (!path.startsWith('$')) throw new StatesError('States.Runtime', `not a path: ${path}`);
  const parts: string[] = [];
  const pattern = /\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']*)'\]/y;
  pattern.lastIndex = 1;
  while (pattern.lastIndex < path.length) {
    const found = pattern.exec(path);
    if (found === null) throw new StatesError('States.Runtime', `the simulator does not know this path: ${path}`);
    parts.push((found[1] ?? found[2] ?? found[3]) as string);
  }
  return parts;
}

/** A payload template: every field whose name ends in `.$` is read from the input or the context. */
export function filled(template: unknown, input: unknown, context: unknown): unknown {
  if (Array.isArray(template)) return template.map((one) => filled(one, input, context));
  if (template === null || typeof template !== 'object') return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => {
      if (!name.endsWith('.$')) return [name, filled(value, input, context)];
      if (typeof value !== 'string' || value.startsWith('States.')) throw new StatesError('States.Runtime', `the simulator knows no intrinsic functions: ${String(value)}`);
      return [name.slice(0, -2), mustRead(value, input, context)];
    }),
  );
}

/** ResultPath: where the result goes into the input; null leaves the input, nothing or `$` replaces it. */
export function placed(path: string | null | undefined, input: unknown, result: unknown): unknown {
  if (path === null) return input;
  if (path === undefined || path === '$') return result;
  const next = { ...(input as Record<string, unknown>) };
  let here = next;
  const parts = partsOf(path);
  for (const part of parts.slice(0, -1)) here = here[part] = { ...(here[part] as Record<string, unknown>) };
  here[parts.at(-1) as string] = result;
  return next;
}

/** InputPath and OutputPath: null stands for an empty object. */
export const narrowed = (path: string | null | undefined, value: unknown, context: unknown): unknown => (path === null ? {} : path === undefined ? value : mustRead(path, value, context));
