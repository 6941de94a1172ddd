import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits, type CallType } from '../../lambdas/schemas/event.ts';
import { webRequest } from '../../lambdas/schemas/key-limits.ts';

type TemplateName = 'envelope' | 'id' | 'required' | 'call' | 'batch' | 'stored' | 'refused' | 'unavailable';

/** Without comments: each template goes into many methods, and a stack's template may have 1 MB. */
const read = (name: TemplateName): string =>
  readFileSync(join(import.meta.dirname, 'templates', `${name}.vtl`), 'utf8').replaceAll(/^##.*\n/gm, '');

/** Templates count bytes by the length of their base64, as VTL has no other way. Padding blurs a limit by at most 2 bytes. */
const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

const settings = (streamName: string): string =>
  [
    `#set($streamName = '${streamName}')`,
    `#set($maxEventBase64 = ${base64Length(limits.eventBytes)})`,
    `#set($maxRequestBase64 = ${base64Length(limits.requestBytes)})`,
    `#set($maxIdLength = ${limits.idLength})`,
    `#set($maxEvents = ${limits.eventsPerRequest})`,
    `#set($maxWebRequestBase64 = ${base64Length(webRequest.bytes)})`,
    `#set($maxWebEvents = ${webRequest.events})`,
    '',
  ].join('\n');

/** API Gateway has no macros, so what is needed twice is put in twice. */
const fill = (template: string, values: Record<string, string>): string =>
  Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{{${name}}}`, () => value), template);

const id = (field: string, as: string): string => fill(read('id'), { field, as });

/** Chooses the partition key: the user's id, else the browser's. The last that fits wins. */
const key = (): string => `${id('anonymousId', '$key')}${id('userId', '$key')}`.trimEnd();

/** What a call needs besides an id. The name of an event has to be a text that is not blank, like an id. */
const required: Partial<Record<CallType, string>> = { track: 'event', group: 'groupId', alias: 'previousId' };

function requirement(type: CallType): string {
  const field = required[type];
  return field === undefined ? '' : fill(read('required'), { field, needed: id(field, '$needed').trimEnd() });
}

/** Mapping template from the body of one call to a PutRecords request. */
export function callTemplate(type: CallType, streamName: string): string {
  return `#set($type = '${type}')\n${settings(streamName)}${read('envelope')}${fill(read('call'), { key: key(), required: requirement(type) })}`;
}

/** Mapping template from a batch to a PutRecords request. */
export function batchTemplate(streamName: string): string {
  return `${settings(streamName)}${read('envelope')}${fill(read('batch'), { key: key() })}`;
}

/** Mapping templates from answers of PutRecords to answers of the API. */
export const responseTemplates = (): { stored: string; refused: string; unavailable: string } => ({
  stored: read('stored'),
  refused: read('refused'),
  unavailable: read('unavailable'),
});
