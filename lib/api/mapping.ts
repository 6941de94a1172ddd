import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits, type CallType } from '../../lambdas/schemas/event.ts';

type TemplateName = 'envelope' | 'id' | 'call' | 'batch' | 'stored' | 'refused' | 'unavailable';

const read = (name: TemplateName): string => readFileSync(join(import.meta.dirname, 'templates', `${name}.vtl`), 'utf8');

/** Templates count bytes by the length of their base64, as VTL has no other way. Padding blurs a limit by at most 2 bytes. */
const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

const settings = (streamName: string): string =>
  [
    `#set($streamName = '${streamName}')`,
    `#set($maxEventBase64 = ${base64Length(limits.eventBytes)})`,
    `#set($maxRequestBase64 = ${base64Length(limits.requestBytes)})`,
    `#set($maxIdLength = ${limits.idLength})`,
    `#set($maxEvents = ${limits.eventsPerRequest})`,
    '',
  ].join('\n');

/** Chooses the partition key: the user's id, else the browser's. The last that fits wins. API Gateway has no macros. */
const key = (): string => ['anonymousId', 'userId'].map((field) => read('id').replaceAll('{{field}}', field)).join('').trimEnd();

const withKey = (name: 'call' | 'batch'): string => read(name).replace('{{key}}', () => key());

/** Mapping template from the body of one call to a PutRecords request. */
export function callTemplate(type: CallType, streamName: string): string {
  return `#set($type = '${type}')\n${settings(streamName)}${read('envelope')}${withKey('call')}`;
}

/** Mapping template from a batch to a PutRecords request. */
export function batchTemplate(streamName: string): string {
  return `${settings(streamName)}${read('envelope')}${withKey('batch')}`;
}

/** Mapping templates from answers of PutRecords to answers of the API. */
export const responseTemplates = (): { stored: string; refused: string; unavailable: string } => ({
  stored: read('stored'),
  refused: read('refused'),
  unavailable: read('unavailable'),
});
