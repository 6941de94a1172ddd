import type { Resource as LocalResource } from '../../local/stack/template.ts';

export interface Resource extends LocalResource {
  DependsOn?: unknown;
  DeletionPolicy?: string;
  Metadata?: unknown;
}

/** A CloudFormation template, as far as it is looked at. */
export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown }>;
}

/** The properties of all resources of a type, with their logical ids. The caller knows what CDK writes for the type. */
export function resourcesOf<P>({ Resources }: Template, type: string): [id: string, properties: P][] {
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]) => (Type === type ? [[id, Properties as P]] : []));
}

/** The logical id of the resource whose name or ARN an output gives. */
export function outputRef({ Outputs = {} }: Template, name: string): string {
  const value = Outputs[name]?.Value;
  const ref = typeof value === 'object' && value !== null ? (value as { Ref?: unknown }).Ref : undefined;
  if (typeof ref !== 'string') throw new Error(`the template has no output ${name} that refers to a resource`);
  return ref;
}
