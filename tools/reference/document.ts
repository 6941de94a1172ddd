import { join } from 'node:path';
import * as z from 'zod/mini';
import { configSchema } from '../../lambdas/schemas/config.ts';
import { emailData } from '../../lambdas/schemas/email.ts';
import { envSchemas, type Stage } from '../../lambdas/schemas/env.ts';
import { batchBody } from '../../lambdas/schemas/edge.ts';
import { callShapes, callTypes, envelope, limits } from '../../lambdas/schemas/event.ts';
import { leafKinds, propertyFilter, rule } from '../../lambdas/schemas/rule.ts';
import { sendAnswer, sendRequest, workflowInput } from '../../lambdas/schemas/workflow.ts';
import { readSchemaComments, type Comments } from './schema-comments.ts';
import { fieldTable, type JsonSchema } from './schema-table.ts';

const schemaFolder = join(import.meta.dirname, '../..', 'lambdas', 'schemas');
const commentsIn = (file: string) => readSchemaComments(join(schemaFolder, `${file}.ts`));

/** Schemas that have a section of their own are named, not repeated. */
const linked = new Map<unknown, string>([
  [rule, '[rule](#rules)'],
  [propertyFilter, '[condition on a property](#condition-on-a-property)'],
]);

/** All of docs/reference.md. Depends on nothing but the files in lambdas/schemas. */
export function referenceDocument(): string {
  return `${[
    '# Reference',
    '<!-- Written by `npm run reference` from lambdas/schemas. Do not edit. -->',
    'What each event, setting and payload may hold. Fields that a table does not name are let through in events and refused in the config.',
    ...events(),
    ...config(),
    ...rules(),
    ...workflows(),
    ...emails(),
    ...environments(),
  ].join('\n\n')}\n`;
}

function events(): string[] {
  const comments = commentsIn('event');
  const shapes = callTypes.map((type) => ({ type, schema: jsonSchema(callShapes[type]), own: comments('callShapes', type) }));
  const track = jsonSchema(callShapes.track);
  const isCommon = (name: string) => shapes.every(({ schema }) => same(schema.properties?.[name], track.properties?.[name]));
  return [
    '## Events',
    'The calls of the Segment HTTP API: `POST /v1/<call>` with one call, or `POST /v1/batch` with many. The HTTP Basic user name is the write key.',
    '### Every call',
    fieldTable(only(track, isCommon), comments('callShapes', 'track')),
    ...shapes.flatMap(({ type, schema, own }) => [
      `### ${type}`,
      fieldTable(
        only(schema, (name) => !isCommon(name)),
        own,
      ),
    ]),
    '### batch',
    ...section(batchBody, commentsIn('edge')('batchBody')),
    '### Limits',
    limitTable(comments('limits')),
    '### Record of the stream',
    ...section(envelope, comments('envelope')),
  ];
}

function limitTable(comments: Comments): string {
  const rows = Object.entries(limits).map(([name, value]) => `| \`${name}\` | ${value} | ${comments.get(name) ?? ''} |`);
  return ['| limit | value | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function config(): string[] {
  return ['## Configuration', ...section(configSchema, commentsIn('config')('configSchema'))];
}

function rules(): string[] {
  const comments = commentsIn('rule');
  return [
    '## Rules',
    'A rule is one of the conditions below, or `{ all: [rules] }`, `{ any: [rules] }` or `{ not: rule }`. The first key of each table names the kind.',
    ...Object.entries(leafKinds).flatMap(([kind, schema]) => [`### ${kind}`, fieldTable(jsonSchema(schema), comments('leafKinds', kind))]),
    '### Condition on a property',
    ...section(propertyFilter, comments('propertyFilter')),
  ];
}

function workflows(): string[] {
  const comments = commentsIn('workflow');
  const answers = comments('sendAnswer');
  const variants = jsonSchema(sendAnswer).oneOf ?? [];
  return [
    '## Workflows',
    '### Input of an execution',
    ...section(workflowInput, comments('workflowInput')),
    '### Request to send-email',
    ...section(sendRequest, comments('sendRequest')),
    '### Answer of send-email',
    ...text(answers.get('')),
    ...variants.flatMap((variant, index) => {
      const outcome = String(variant.properties?.outcome?.const);
      return [`#### ${outcome}`, ...text(answers.get(`|${index}`)), fieldTable(variant)];
    }),
  ];
}

function emails(): string[] {
  return ['## Email templates', ...section(emailData, commentsIn('email')('emailData'))];
}

function environments(): string[] {
  const [comments, ofProcessEvents] = [commentsIn('env'), commentsIn('process-events-env')];
  return [
    '## Environment of the functions',
    ...(Object.keys(envSchemas) as Stage[]).flatMap((stage) => [
      `### ${stage}`,
      fieldTable(jsonSchema(envSchemas[stage]), stage === 'process-events' ? ofProcessEvents('processEventsEnv') : comments('envSchemas', stage)),
    ]),
  ];
}

const section = (schema: z.ZodMiniType, comments: Comments): string[] => [
  ...text(comments.get('')),
  fieldTable(jsonSchema(schema), comments),
];

const text = (comment: string | undefined): string[] => (comment === undefined ? [] : [comment]);

function jsonSchema(schema: z.ZodMiniType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: made }) => {
      const isItself = Object.is(zodSchema, schema);
      const title = linked.get(zodSchema);
      if (title !== undefined && !isItself) made.title = title;
    },
  }) as JsonSchema;
}

function only(schema: JsonSchema, keep: (name: string) => boolean): JsonSchema {
  return { ...schema, properties: Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => keep(name))) };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
