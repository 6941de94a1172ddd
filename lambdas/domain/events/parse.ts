import * as z from 'zod/mini';
import type { Config } from '../../schemas/config.ts';
import { batchedCall, envelope, type Call, type Envelope, type Source } from '../../schemas/event.ts';
import { PoisonRecord } from '../errors.ts';
import { anonymousKey, answeredEvent, knownKey, type DomainEvent } from './event.ts';
import type { Properties } from './filters.ts';
import { shortHash } from '../hash.ts';
import { translate } from './translate.ts';
import { sanitise } from './sanitise.ts';

/** Events that say what Segue did, not what a visitor did; a publishable key may not make them up. */
const isReserved = (name: string): boolean => name.startsWith('email_') || name === 'coupon_redeemed' || name === answeredEvent;

const callNames = { identify: 'identified', page: 'page_viewed', screen: 'screen_viewed', group: 'grouped', alias: 'aliased' } as const;

/**
 * Parses the bytes of a stream record.
 * @throws PoisonRecord with the reason, when it is no envelope or its event does not fit the call's schema.
 */
export function parseRecord(data: string): Envelope {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    throw new PoisonRecord('not JSON');
  }
  const parsed = z.safeParse(envelope, json);
  if (!parsed.success) throw new PoisonRecord(`not an envelope: ${describe(parsed.error)}`);
  return parsed.data;
}

/**
 * Turns an envelope into the event that the pipeline folds.
 * @throws PoisonRecord with the reason, when the event does not fit its schema, names nobody, or uses a reserved name.
 */
export function toDomainEvent({ type, event, ...request }: Envelope, config: Config): DomainEvent {
  const parsed = z.safeParse(batchedCall, { ...event, type });
  if (!parsed.success) throw new PoisonRecord(`not a ${type} call: ${describe(parsed.error)}`);
  const call = parsed.data;
  const given = clean(call.type === 'track' || call.type === 'page' || call.type === 'screen' ? call.properties : undefined);
  const { name, properties } = translate({ name: nameOf(call), properties: given }, config);
  if (request.source === 'web' && isReserved(name)) throw new PoisonRecord(`the event name ${name} is reserved`);
  if (name === 'email_resubscribed' && request.source !== 'email') throw new PoisonRecord(`${name} comes from the preference page alone, where a signed link shows who asks`);
  const previous = call.type === 'alias' && call.previousId !== call.userId ? call.previousId : call.anonymousId;
  return {
    name,
    ...whose(call.userId, previous),
    atMs: correctedTimeMs(call, request),
    receivedAtMs: request.receivedAtMs,
    properties,
    traits: mayTell(clean(call.type === 'identify' ? call.traits : undefined), request.source, config),
    messageHash: shortHash([call.messageId ?? `${request.requestId}:${request.index}`], 8),
    source: request.source,
  };
}

function nameOf(call: Call): string {
  return call.type === 'track' ? call.event : callNames[call.type];
}

function whose(userId: string | null | undefined, anonymousId: string | null | undefined): Pick<DomainEvent, 'userKey' | 'anonymousKey'> {
  if (userId) return { userKey: knownKey(userId), ...(anonymousId && { anonymousKey: anonymousKey(anonymousId) }) };
  if (anonymousId) return { userKey: anonymousKey(anonymousId) };
  throw new PoisonRecord('neither userId nor anonymousId');
}

/**
 * The device's clock may be wrong, its differences are not: timestamp - sentAt + receivedAt, as in Segment's
 * specification. Without `sentAt` the timestamp is believed. Nothing happens in the future.
 */
function correctedTimeMs(call: Call, request: Pick<Envelope, 'receivedAtMs' | 'sentAt'>): number {
  const given = call.originalTimestamp ?? call.timestamp;
  if (given === undefined) return request.receivedAtMs;
  const sentAt = call.sentAt ?? request.sentAt;
  const skewMs = sentAt ? request.receivedAtMs - Date.parse(sentAt) : 0;
  const atMs = Date.parse(given) + (Number.isNaN(skewMs) ? 0 : skewMs);
  return Math.min(atMs, request.receivedAtMs);
}

/** Anyone can read a publishable key, so what arrives with it may not say where mail goes or that mail is welcome. */
function mayTell(traits: Properties, source: Source, config: Config): Properties {
  if (source !== 'web' || config.webKeys.mayIdentify) return traits;
  const withheld = ['email', config.consent.trait];
  return Object.fromEntries(Object.entries(traits).filter(([name]) => !withheld.includes(name)));
}

const clean = (bag: Record<string, unknown> | null | undefined): Properties => (sanitise(bag ?? {}) ?? {}) as Properties;

const describe = (error: z.core.$ZodError): string => error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
