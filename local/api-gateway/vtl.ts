import { Buffer } from 'node:buffer';
import { TemplateError } from './template-error.ts';
import { evaluate } from './velocity.ts';

export { TemplateError };

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

/** Of what nobody has recorded on API Gateway, the answers between which templates must not have to choose. */
export interface Unrecorded {
  /** `$input.json()` of a JSON null. */
  jsonOfNull: 'null' | '""';
}

/**
 * Renders an API Gateway mapping template (VTL) for a request or an integration response.
 * @throws TemplateError for what is not known of API Gateway; see velocity.ts
 */
export function renderTemplate(template: string, body: string, context: GatewayContext, unrecorded: Unrecorded = { jsonOfNull: 'null' }): Rendered {
  const override: { status?: number; header: Record<string, string> } = { header: {} };
  const text = evaluate(template, { input: inputOf(body, unrecorded), util, context: { ...context, responseOverride: override } });
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

function inputOf(given: string, { jsonOfNull }: Unrecorded) {
  const body = given === '' ? '{}' : given;
  let document: { value: unknown } | undefined;
  const at = (path: string) => {
    document ??= { value: parsed(body) };
    return steps(path).reduce<unknown>(own, document.value);
  };
  return {
    body,
    path: (path: string) => plain(at(path)),
    // API Gateway answers an empty JSON text for what is not there.
    json: (path: string) => {
      const value = at(path);
      return value === undefined ? '""' : value === null ? jsonOfNull : JSON.stringify(value);
    },
  };
}

/** Newer than the types that TypeScript brings. */
const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
};

/** What is no JSON has nothing at any path. Numbers keep their digits, as they do in Java. */
function parsed(body: string): unknown {
  try {
    return json.parse(body, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
    );
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isRaw = (value: unknown): value is { rawJSON: string } => json.isRawJSON(value);

/** A number as a template can compare it. */
const plain = (value: unknown): unknown => (isRaw(value) ? Number(value.rawJSON) : value);

/** Never looks at prototypes: `$.constructor` is a property of the client's or nothing. */
function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** `$.batch[3].userId` -> batch, 3, userId. */
function steps(path: string): string[] {
  const found = [...path.slice(1).matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']*)'\]/gy)];
  if (!path.startsWith('$') || found.reduce((length, [text]) => length + text.length, 1) !== path.length) {
    throw new TemplateError(`JSONPath ${path}: only $, .name, [index] and ['name'] are supported`);
  }
  return found.map(([, name, index, quoted]) => name ?? index ?? quoted ?? '');
}

const util = {
  base64Encode: (text: string) => Buffer.from(text, 'utf8').toString('base64'),
  base64Decode: (text: string) => Buffer.from(text, 'base64').toString('utf8'),
};
