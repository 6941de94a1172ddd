import type { Comments } from './schema-comments.ts';

/** The part of JSON Schema that zod writes. */
export interface JsonSchema {
  title?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

interface Row {
  path: string;
  type: string;
  required: string;
  meaning: string;
}

const formats: Record<string, string> = { 'date-time': 'time (ISO 8601)', email: 'email address', uri: 'URL' };

/** A Markdown table of an object's fields and of those within them. Columns that would be empty are left out. */
export function fieldTable(schema: JsonSchema, comments: Comments = new Map()): string {
  const rows = fieldsOf(schema, '', comments);
  const hasMeaning = rows.some(({ meaning }) => meaning !== '');
  const line = (cells: string[]) => `| ${(hasMeaning ? cells : cells.slice(0, 3)).join(' | ')} |`;
  return [
    line(['field', 'type', 'required', 'meaning']),
    line(['---', '---', '---', '---']),
    ...rows.map(({ path, type, required, meaning }) =>
      line([`\`${path}\``, type, required, meaning].map((cell) => cell.replaceAll('|', '\\|'))),
    ),
  ].join('\n');
}

function fieldsOf(schema: JsonSchema, path: string, comments: Comments): Row[] {
  if (schema.title !== undefined) return [];
  const inside = (inner: JsonSchema | undefined, innerPath: string) => (inner === undefined ? [] : fieldsOf(inner, innerPath, comments));
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const innerPath = path === '' ? name : `${path}.${name}`;
    const row = { path: innerPath, type: typeText(inner), required: requiredText(schema, name), meaning: comments.get(innerPath) ?? '' };
    return [row, ...inside(inner, innerPath)];
  });
  // Of several forms, a field is shown once, as the first form with it has it.
  const forms = new Map((schema.anyOf ?? []).flatMap((form) => inside(form, path)).toReversed().map((row) => [row.path, { ...row, required: row.required === 'yes' ? 'in this form' : row.required }]));
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  return [...fields, ...[...forms.values()].toReversed(), ...inside(schema.items, `${path}[]`), ...(path === '' ? [] : inside(values, `${path}.<name>`))];
}

function requiredText({ required = [], properties = {} }: JsonSchema, name: string): string {
  const preset = properties[name]?.default;
  if (preset !== undefined) return `no; default \`${JSON.stringify(preset)}\``;
  return required.includes(name) ? 'yes' : 'no';
}

/** A type in words, such as `string, 1 to 255 characters` or `list of number; not empty`. */
export function typeText(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.map(typeText).join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  switch (schema.type) {
    case 'string':
      if (schema.format !== undefined) return formats[schema.format] ?? schema.format;
      return `string${range(', ', schema.minLength, schema.maxLength, 'characters')}${schema.pattern === undefined ? '' : `, \`${schema.pattern}\``}`;
    case 'integer':
    case 'number':
      return `${schema.type === 'integer' ? 'whole number' : 'number'}${numberRange(schema)}`;
    case 'array':
      return `list of ${typeText(schema.items ?? {})}${range('; ', schema.minItems, schema.maxItems, 'items')}`;
    case 'object':
      return objectText(schema);
    case undefined:
      return 'any value';
    default:
      return schema.type;
  }
}

/** An object with any keys is named by its values: `object of number, by name`. */
function objectText({ properties, additionalProperties: values }: JsonSchema): string {
  const isAny = properties !== undefined || typeof values !== 'object' || Object.keys(values).length === 0;
  return isAny ? 'object' : `object of ${typeText(values)}, by name`;
}

function range(separator: string, least: number | undefined, most: number | undefined, unit: string): string {
  if (most !== undefined) return `${separator}${least === undefined ? 'at most' : `${least} to`} ${most} ${unit}`;
  if (least === undefined) return '';
  return `${separator}${least === 1 ? 'not empty' : `at least ${least} ${unit}`}`;
}

function numberRange({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  // zod bounds whole numbers by what a double can hold, which tells a reader nothing.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const words = [
    exclusiveMinimum !== undefined && `over ${exclusiveMinimum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
    least !== undefined && `at least ${least}`,
    most !== undefined && `at most ${most}`,
  ].filter((word) => word !== false);
  return words.length === 0 ? '' : `, ${words.join(' and ')}`;
}
