import * as z from 'zod/mini';
import type { Config } from '../../schemas/config.ts';
import { batchedCall, earliestMs, envelope as envelopeSchema, limits, type Call, type Envelope } from '../../schemas/event.ts';
import { isSmokeTestEvent } from '../../schemas/smoke-test.ts';
import { isMissing } from '../own.ts';
import { jsonBytes, mostJsonBytes } from '../storable.ts';
import { truthOf } from '../truth.ts';
import { fitsAtSight, normalCall } from './call.ts';
import { anonymousKey, answeredEvent, catalogueEvent, knownKey, workflowEndedEvent, type DomainEvent } from './event.ts';
import type { Properties } from './filters.ts';
import { isPlaceholder } from './id.ts';
import { instantMs } from './instant.ts';
import { shortHash } from '../hash.ts';
import { translate } from './translate.ts';
import { sanitise } from './sanitise.ts';
import { normalTraits } from './traits.ts';

/** Events that say what Segue or its operator did, not what a visitor did; a publishable key may not make them up. */
const isReserved = (name: string): boolean => name.startsWith('email_') || name === 'coupon_redeemed' || name === answeredEvent || name === workflowEndedEvent || isSmokeTestEvent(name);

const callNames = { identify: 'identified', page: 'page_viewed', screen: 'screen_viewed', group: 'grouped', alias: 'aliased' } as const;

/** Why something is put aside, in a line. */
export interface Refusal {
  reason: string;
}

type ReadRecord = { envelope: Envelope; reason?: undefined } | (Refusal & { envelope?: undefined });
type ReadEvent = { event: DomainEvent; reason?: undefined } | (Refusal & { event?: undefined });

/** Parses the bytes of a stream record. Answers for any text. */
export function parseRecord(data: string): ReadRecord {
  let json: unknown;
  try {
    json = hasLongNumber.test(data) ? JSON.parse(data, exactly as never) : JSON.parse(data);
  } catch (error) {
    return { reason: error instanceof RangeError ? 'nested too deeply' : 'not JSON' };
  }
  const parsed = z.safeParse(envelopeSchema, json);
  return parsed.success ? { envelope: parsed.data } : { reason: `not an envelope: ${describe(parsed.error)}` };
}

/** A reviver is slow, so only records that may hold such a number pay for it. */
const hasLongNumber = /[:,[\s]-?\d{16}/;

/** A whole number beyond 2^53 is an id: its digits are kept, which a number would round. */
const exactly = (_key: string, value: unknown, { source }: { source?: string } = {}): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d{16,100}$/.test(source) ? source : value;

/**
 * Turns an envelope into the event that the pipeline folds, in the one normal form that everything behind it relies on; or says why
 * it cannot: it does not fit its schema, names nobody, lies before 2000, is too large, or uses a reserved name. It answers for
 * any JSON at all, and whatever is folded from its answers can be stored.
 */
export function toDomainEvent(envelope: Envelope, config: Config): ReadEvent {
  const { type, event, source, enteredAtMs = 0 } = envelope;
  const normal = normalCall(event, type);
  const parsed = fitsAtSight(normal) ? { success: true as const, data: normal } : z.safeParse(batchedCall, normal);
  if (!parsed.success) return { reason: `not a ${type} call: ${describe(parsed.error)}` };
  const call = parsed.data;
  const receivedAtMs = Math.trunc(envelope.receivedAtMs);
  const given = clean(call.type === 'track' ? call.properties : call.type === 'page' || call.type === 'screen' ? { ...titleOf(event), ...call.properties } : undefined);
  const { name, properties: translated } = translate({ name: nameOf(call), properties: given }, config);
  const forbidden = forbiddenName(name, source);
  if (forbidden !== undefined) return { reason: forbidden };
  const person = whose(call);
  if (person === undefined) return { reason: nobody(event) };
  const atMs = correctedTimeMs(call, envelope);
  if (!(atMs >= earliestMs)) return { reason: tooOld(event, atMs) };
  // A preset may have summed or copied what was within bounds.
  const properties = translated === given ? given : clean(translated);
  const { traits, reason } = normalTraits(clean(call.type === 'identify' ? call.traits : undefined), source, config);
  if (traits === undefined) return { reason };
  if (mostJsonBytes(properties) + mostJsonBytes(traits) > limits.eventBytes) {
    const bytes = jsonBytes(properties) + jsonBytes(traits);
    if (bytes > limits.eventBytes) return { reason: `${bytes} bytes of properties and traits; at most ${limits.eventBytes} are kept` };
  }
  const unclear = name === catalogueEvent ? unclearAvailability(properties) : undefined;
  if (unclear !== undefined) return { reason: unclear };
  const read: DomainEvent = {
    name,
    userKey: person.userKey,
    atMs,
    receivedAtMs,
    enteredAtMs: Math.max(Math.trunc(enteredAtMs), receivedAtMs),
    properties,
    traits,
    messageHash: envelope.messageHash ?? messageHash(source, call.messageId ?? `${envelope.requestId}:${envelope.index}`),
    source,
  };
  if (person.anonymousKey !== undefined) read.anonymousKey = person.anonymousKey;
  return { event: read };
}

/** Somebody with a public key must not be able to use up the message id of a server's event. */
const messageHash = (source: Envelope['source'], id: string): string => shortHash([source === 'web' ? 'web' : 'trusted', id], 8);

function forbiddenName(name: string, source: Envelope['source']): string | undefined {
  if (source === 'web' && isReserved(name)) return `the event name ${name} is reserved`;
  if (source === 'web' && name === catalogueEvent) return `${catalogueEvent} needs a server key`;
  if (name === 'email_resubscribed' && source !== 'email') return `${name} comes from the preference page alone, where a signed link shows who asks`;
  if (name === workflowEndedEvent && source !== 'email') return `${name} comes from Step Functions alone, which knows whether a workflow has ended`;
  return undefined;
}

function nameOf(call: Call): string {
  return call.type === 'track' ? call.event : callNames[call.type];
}

/** Name and category of a page or screen, which stand beside the properties; Segment's own libraries put them in there as well. */
function titleOf(event: Record<string, unknown>): { name?: string; category?: string } {
  const { name, category } = event;
  return { ...(typeof name === 'string' && name !== '' && { name }), ...(typeof category === 'string' && category !== '' && { category }) };
}

function whose(call: Call): Pick<DomainEvent, 'userKey' | 'anonymousKey'> | undefined {
  const { userId, anonymousId } = call;
  const previous = call.type === 'alias' && call.previousId !== userId && !isPlaceholder(call.previousId) ? call.previousId : anonymousId;
  if (userId) return { userKey: knownKey(userId), ...(previous && { anonymousKey: anonymousKey(previous) }) };
  return previous ? { userKey: anonymousKey(previous) } : undefined;
}

function nobody({ userId, anonymousId }: Record<string, unknown>): string {
  const given = [userId, anonymousId].filter((id) => !isMissing(id));
  return given.length === 0 ? 'neither userId nor anonymousId' : `${given.map((id) => JSON.stringify(id).slice(0, 50)).join(' and ')} identifies nobody: it stands for an id that is missing`;
}

/**
 * The device's clock may be wrong, its differences are not: timestamp - sentAt + receivedAt, as in Segment's
 * specification. Without `sentAt` the timestamp is believed. Nothing happens in the future.
 */
function correctedTimeMs(call: Call, request: Pick<Envelope, 'receivedAtMs' | 'sentAt'>): number {
  const given = call.timestamp ?? call.originalTimestamp;
  if (given === undefined) return Math.trunc(request.receivedAtMs);
  const sentAtMs = instantMs(call.sentAt) ?? instantMs(request.sentAt);
  const skewMs = sentAtMs === undefined ? 0 : request.receivedAtMs - sentAtMs;
  return Math.trunc(Math.min((instantMs(given) ?? Date.parse(given)) + skewMs, request.receivedAtMs));
}

function tooOld({ timestamp, originalTimestamp }: Record<string, unknown>, atMs: number): string {
  const when = Math.abs(atMs) <= 8.64e15 ? new Date(atMs).toISOString() : String(atMs);
  return `timestamp ${JSON.stringify(timestamp ?? originalTimestamp)}: ${when} lies before 2000; were seconds taken for milliseconds?`;
}

/** Turns the availability of a product into yes or no. Taking an unclear one for yes would advertise what nobody can buy. */
function unclearAvailability(properties: Properties): string | undefined {
  if (properties.available === undefined || properties.available === null) return undefined;
  const isAvailable = truthOf(properties.available);
  if (isAvailable === undefined) return `available: ${JSON.stringify(properties.available).slice(0, 100)} is neither yes nor no; send true or false`;
  properties.available = isAvailable;
  return undefined;
}

const clean = (bag: Record<string, unknown> | null | undefined): Properties => (sanitise(bag ?? {}) ?? {}) as Properties;

/** One line, whatever the client sent, since reasons are counted and shown in lists. */
const describe = (error: z.core.$ZodError): string =>
  error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`.slice(0, 200))
    .join('; ');
