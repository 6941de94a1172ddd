import { limits, type Call, type CallType } from '../../schemas/event.ts';
import { idText, isPlaceholder } from './id.ts';
import { instantMs, isPlainInstant } from './instant.ts';

type Json = Record<string, unknown>;

/**
 * Brings a call as clients write it into the form that its schema wants: ids as numbers, blanks and nulls for what is absent,
 * PHP's `[]` for an empty object, times in every usual form. Anything else stays as it is, and the schema refuses it by name.
 */
export function normalCall(event: Json, type: CallType): Json {
  const call: Json = { type };
  for (const name of ['userId', 'anonymousId', 'previousId', 'groupId', 'messageId', 'event'] as const) put(call, name, idText(event[name]));
  for (const name of ['userId', 'anonymousId'] as const) if (isNobody(call[name])) delete call[name];
  for (const name of ['timestamp', 'originalTimestamp'] as const) put(call, name, timeText(event[name]));
  // It only corrects other times, so an unreadable one is no reason to refuse the event.
  const sentAtMs = event.sentAt === undefined ? undefined : instantMs(event.sentAt);
  if (sentAtMs !== undefined) put(call, 'sentAt', isoOf(sentAtMs));
  for (const name of ['properties', 'traits'] as const) put(call, name, bagOf(event[name]));
  if (type === 'identify') call.traits = withContextTraits(call.traits, bagOf(event.context));
  return call;
}

/**
 * Does a call of {@link normalCall} fit its schema at first sight? Nearly all do, and checking the schema takes longer than all other
 * steps together. When this says no, the schema decides and names what is wrong.
 */
export function fitsAtSight(call: Json): call is Call {
  const { type, event, groupId, previousId, userId, anonymousId, messageId, timestamp, originalTimestamp, sentAt, properties, traits } = call;
  if (!(isAbsent(userId) || isId(userId)) || !(isAbsent(anonymousId) || isId(anonymousId)) || !(isAbsent(messageId) || isId(messageId))) return false;
  if (!isTimeOrAbsent(timestamp) || !isTimeOrAbsent(originalTimestamp) || !isTimeOrAbsent(sentAt)) return false;
  if (!isBagOrAbsent(properties) || !isBagOrAbsent(traits)) return false;
  switch (type) {
    case 'track':
      return isTextWithin(event, limits.nameLength);
    case 'group':
      return isId(groupId);
    case 'alias':
      return isId(previousId);
    default:
      return type === 'identify' || type === 'page' || type === 'screen';
  }
}

const isAbsent = (value: unknown): value is undefined => value === undefined;
const isTextWithin = (value: unknown, maxLength: number): boolean => typeof value === 'string' && value.length > 0 && value.length <= maxLength;
const isId = (value: unknown): boolean => isTextWithin(value, limits.idLength);
const isTimeOrAbsent = (value: unknown): boolean => isAbsent(value) || isPlainInstant(value);
const isBagOrAbsent = (value: unknown): boolean => isAbsent(value) || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype);

/** Own properties only: JSON may hold a key that every object inherits, such as `constructor`. */
function put(call: Json, name: string, value: unknown): void {
  if (value !== undefined) call[name] = value;
}

const isNobody = (id: unknown): boolean => typeof id === 'string' && isPlaceholder(id);

function timeText(value: unknown): unknown {
  if (isPlainInstant(value)) return value;
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
