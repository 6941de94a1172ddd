import { Buffer } from 'node:buffer';
import { Compile, parse } from 'velocityjs';

/**
 * The part of API Gateway's `$context` that mapping templates read. All values are strings as API Gateway makes them,
 * but for the time, which is a number of milliseconds.
 */
export interface GatewayContext {
  requestTimeEpoch: number;
  /** API Gateway's own id; unlike `requestId`, a client cannot choose it. */
  extendedRequestId: string;
  identity: { sourceIp: string; userAgent?: string };
  authorizer?: Record<string, string>;
  error?: Record<string, string>;
  [name: string]: unknown;
}

/** The result of a mapping template: the text, and what it wrote to `$context.responseOverride`. */
export interface Rendered {
  body: string;
  status?: number;
  headers: Record<string, string>;
}

/** A template, or the body that it reads, is outside what this renderer knows. API Gateway would answer 500. */
export class TemplateError extends Error {
  override name = 'TemplateError';
}

/**
 * Renders an API Gateway mapping template (VTL) for a request or an integration response.
 * `$input`, `$util` and Java's string methods stand for those that API Gateway offers; only those that are known to behave the
 * same there are present, so that a template which renders here renders in the cloud.
 * @throws TemplateError for a body that is not JSON, a JSONPath or a string method that is not supported
 */
export function renderTemplate(template: string, body: string, context: GatewayContext): Rendered {
  const override: { status?: number; header: Record<string, string> } = { header: {} };
  const scope = { input: inputOf(body), util, context: { ...context, responseOverride: override } };
  const text = new Compile(parsed(template), { escape: false, customMethodHandlers: javaStringMethods }).render(scope);
  return { body: text, headers: override.header, ...(override.status !== undefined && { status: Number(override.status) }) };
}

/**
 * Renders a gateway response. API Gateway does not run these through VTL: it only puts in `$context` values, and
 * escapes them so that JSON stays JSON.
 */
export function renderGatewayResponse(template: string, context: GatewayContext): string {
  return template.replace(/\$context((?:\.\w+)+)/g, (_all, path: string) => {
    const value = path
      .slice(1)
      .split('.')
      .reduce<unknown>((inner, name) => own(inner, name), context);
    if (value === undefined) return '';
    // messageString is documented as the message in its quotes.
    return path.endsWith('.messageString') ? JSON.stringify(String(value)) : JSON.stringify(String(value)).slice(1, -1);
  });
}

const asts = new Map<string, ReturnType<typeof parse>>();

function parsed(template: string): ReturnType<typeof parse> {
  let ast = asts.get(template);
  if (!ast) asts.set(template, (ast = parse(template)));
  return ast;
}

function inputOf(body: string) {
  let document: unknown;
  const at = (path: string) => {
    document ??= parseJson(body);
    return steps(path).reduce<unknown>(own, document);
  };
  return {
    body,
    path: (path: string) => at(path) ?? null,
    // API Gateway answers an empty JSON string for what is not there.
    json: (path: string) => JSON.stringify(at(path) ?? (at(path) === null ? null : '')),
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new TemplateError(`a mapping template reads a body that is not JSON: ${body.slice(0, 80)}, `);
  }
}

/** Never looks at prototypes: `$.constructor` is a property of the client's or nothing. */
function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** `$.batch[3].userId` -> batch, 3, userId. */
function steps(path: string): string[] {
  const found = [...path.slice(1).matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']*)'\]/gy)];
  if (!path.startsWith('$') || found.reduce((length, [text]) => length + text.length, 1) !== path.length) {
    // The interpreter adds the place in the template.
    throw new TemplateError(`JSONPath ${path}: only $, .name, [index] and ['name'] are supported, `);
  }
  return found.map(([, name, index, quoted]) => name ?? index ?? quoted ?? '');
}

const util = {
  base64Encode: (text: string) => Buffer.from(text, 'utf8').toString('base64'),
  base64Decode: (text: string) => Buffer.from(text, 'base64').toString('utf8'),
  escapeJavaScript: (text: string) => text.replace(/["'\\/]|[^\x20-\x7e]/g, escapeCharacter),
  urlEncode: (text: string) => encodeURIComponent(text).replaceAll('%20', '+'),
  urlDecode: (text: string) => decodeURIComponent(text.replaceAll('+', '%20')),
  parseJson,
};

const shortEscapes: Record<string, string> = { '\b': '\\b', '\n': '\\n', '\t': '\\t', '\f': '\\f', '\r': '\\r' };

function escapeCharacter(character: string): string {
  if (/["'\\/]/.test(character)) return `\\${character}`;
  return shortEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Java's String, as far as templates call it; a method that is missing here fails loudly instead of being printed. */
const stringMethods: Record<string, (text: string, ...args: never[]) => unknown> = {
  length: (text) => text.length,
  contains: (text, part: string) => text.includes(part),
  equals: (text, other: unknown) => text === other,
  isEmpty: (text) => text === '',
  replaceAll: (text, pattern: string, by: string) => text.replace(new RegExp(pattern, 'gu'), by),
};

const javaStringMethods = [
  {
    uid: 'java.lang.String',
    match: ({ context }: { context: unknown }) => typeof context === 'string',
    resolve: ({ context, property, params }: { context: string; property: string; params: unknown[] }) => {
      const method = stringMethods[property] as ((text: string, ...args: unknown[]) => unknown) | undefined;
      if (!method) throw new TemplateError(`String.${property}() is not supported; there are ${Object.keys(stringMethods).join(', ')}`);
      return method(context, ...params);
    },
  },
];
