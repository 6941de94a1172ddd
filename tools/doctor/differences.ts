import type { Resource, Template } from './template.ts';

/**
 * Names of the resources that are not the same in two templates: functions by their name, since their code is part of it, others by their
 * logical id. A template holds the hash of each function's code, so two that are equal run the same code.
 */
export function differences(deployed: Template, wanted: Template): string[] {
  const ids = [...new Set([...Object.keys(wanted.Resources), ...Object.keys(deployed.Resources)])];
  return ids.filter((id) => textOf(deployed.Resources[id]) !== textOf(wanted.Resources[id])).map((id) => nameOf(id, wanted.Resources[id] ?? deployed.Resources[id]!));
}

/** CloudFormation gives back a question mark for each character that is not ASCII, as the CDK's own diff knows. Metadata is for tools. */
function textOf(resource: Resource | undefined): string | undefined {
  if (resource === undefined) return undefined;
  const { Metadata: _, ...rest } = resource;
  return JSON.stringify(sorted(rest)).replaceAll(/[^\u0000-\u007f]/gu, '?');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

const nameOf = (id: string, { Properties }: Resource): string => (typeof Properties?.FunctionName === 'string' ? Properties.FunctionName : id);
