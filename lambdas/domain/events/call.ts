import type { CallType } from '../../schemas/event.ts';
import { idText, isPlaceholder } from './id.ts';
import { instantMs } from './instant.ts';

type Json = Record<string, unknown>;

/**
 * A call as its schema wants it, of one that is written as clients write them: ids as numbers, blanks and nulls for what is absent,
 * PHP's `[]` for an empty object, times in every usual form. What cannot be meant stays as it is, for the schema to refuse by name.
 */
export function normalCall(event: Json, type: CallType): Json {
  const call: Json = { type };
  for (const name of ['userId', 'anonymousId', 'previousId', 'groupId', 'messageId', 'event'] as const) put(call, name, idText(event[name]));
  for (const name of ['userId', 'anonymousId'] as const) if (isNobody(call[name])) delete call[name];
  for (const name of ['timestamp', 'originalTimestamp'] as const) put(call, name, timeText(event[name]));
  // It only corrects the others, so one that cannot be read costs nobody the event.
  const sentAtMs = instantMs(event.sentAt);
  if (sentAtMs !== undefined) put(call, 'sentAt', isoOf(sentAtMs));
  for (const name of ['properties', 'traits'] as const) put(call, name, bagOf(event[name]));
  if (type === 'identify') call.traits = withContextTraits(call.traits, bagOf(event.context));
  return call;
}

/** Own properties alone: JSON may well hold a key that every object inherits. */
function put(call: Json, name: string, value: unknown): void {
  if (value !== undefined) call[name] = value;
}

const isNobody = (id: unknown): boolean => typeof id === 'string' && isPlaceholder(id);

function timeText(value: unknown): unknown {
  if (value === null || (typeof value === 'string' && value.trim() === '')) return undefined;
  const atMs = instantMs(value);
  return atMs === undefined ? value : (isoOf(atMs) ?? value);
}

/** Within what a Date holds; a number of milliseconds may be beyond. */
const isoOf = (atMs: number): string | undefined => (Math.abs(atMs) <= 8.64e15 ? new Date(atMs).toISOString() : undefined);

const bagOf = (value: unknown): unknown => (value === null || (Array.isArray(value) && value.length === 0) ? undefined : value);

/** RudderStack's browser SDK puts the traits of an identify call into the context. */
function withContextTraits(traits: unknown, context: unknown): unknown {
  const inContext = isObject(context) ? bagOf(context.traits) : undefined;
  if (!isObject(inContext) || (traits !== undefined && !isObject(traits))) return traits;
  return { ...inContext, ...traits };
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
