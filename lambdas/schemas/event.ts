import { en } from 'zod/locales';
import * as z from 'zod/mini';

// Problems are told in words: to clients, and in the reasons of dead letters.
z.config(en());

/** Limits of the public contract; the same numbers as Segment's HTTP API. */
export const limits = {
  eventBytes: 32 * 1024,
  requestBytes: 500 * 1024,
  eventsPerRequest: 500,
  idLength: 255,
  nameLength: 200,
  /** Longer strings inside properties are cut, deeper objects and further keys are dropped. */
  stringLength: 8192,
  depth: 8,
  keysPerObject: 256,
} as const;

export const callTypes = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type CallType = (typeof callTypes)[number];

const id = z.string().check(z.minLength(1), z.maxLength(limits.idLength));
const nullableId = z.optional(z.nullable(id));
const time = z.optional(z.iso.datetime({ offset: true }));
const bag = z.optional(z.nullable(z.record(z.string(), z.unknown())));

const common = {
  /** By which a resent event is recognised; an event without one is new each time that it is sent. */
  messageId: z.optional(z.string().check(z.minLength(1), z.maxLength(limits.idLength))),
  /** The known person. This or `anonymousId` must be there. */
  userId: nullableId,
  /** The browser or device; its history becomes part of the known person's at the first event with both ids. */
  anonymousId: nullableId,
  /** When it happened, by the sender's clock; corrected by `sentAt`. Without it, the time of arrival counts. */
  timestamp: time,
  /** Used when there is no `timestamp`: some SDKs always set it to the moment of the call. */
  originalTimestamp: time,
  /** When the sender sent it, by the same clock. */
  sentAt: time,
  /** Kept in the stream's record; not read. */
  context: bag,
  /** Not read. */
  integrations: bag,
};

const name = z.string().check(z.minLength(1), z.maxLength(limits.nameLength));

/** One shape per Segment call, without the rule that one id must be there. */
export const callShapes = {
  track: z.looseObject({ ...common, event: name, properties: bag }),
  identify: z.looseObject({ ...common, traits: bag }),
  page: z.looseObject({ ...common, name: z.optional(z.nullable(z.string())), category: z.optional(z.nullable(z.string())), properties: bag }),
  screen: z.looseObject({ ...common, name: z.optional(z.nullable(z.string())), properties: bag }),
  group: z.looseObject({ ...common, groupId: id, traits: bag }),
  alias: z.looseObject({ ...common, previousId: id }),
} satisfies Record<CallType, z.ZodMiniType>;

const withType = <T extends CallType>(type: T) => z.extend(callShapes[type], { type: z.literal(type) });

/** A call as it appears inside a batch: it says its own type. */
export const batchedCall = z.discriminatedUnion('type', [
  withType('track'),
  withType('identify'),
  withType('page'),
  withType('screen'),
  withType('group'),
  withType('alias'),
]);

/**
 * Who vouches for an event. `web` keys are public, so anybody can send with them; `server` keys are secret;
 * `import` and `email` are written by Segue itself (history loads, SES feedback, unsubscribes).
 */
export const sources = ['web', 'server', 'import', 'email'] as const;
export type Source = (typeof sources)[number];

/** No event is older: what says so has seconds for milliseconds, or a clock that was never set. */
export const earliestMs = Date.UTC(2000, 0);
const latestMs = Date.UTC(2200, 0);

/** A record of the stream: one Segment call and what the edge knows about its request. */
export const envelope = z.object({
  v: z.literal(1),
  type: z.enum(callTypes),
  receivedAtMs: z.number().check(z.gte(earliestMs), z.lte(latestMs)),
  /** When it came into the stream, if that is later: imported history says when it was received first. */
  enteredAtMs: z.optional(z.number().check(z.gte(earliestMs), z.lte(latestMs))),
  /** The `sentAt` of the whole batch, for events that carry none of their own. Whatever the client wrote there. */
  sentAt: z.optional(z.unknown()),
  keyId: z.string(),
  source: z.enum(sources),
  requestId: z.string(),
  /** Position of the event in its request; with `requestId` it names an event that carries no `messageId`. */
  index: z.number(),
  /** In a copy that Segue made of a record, addressed to another person or put back for later: the hash by which it is recognised. */
  messageHash: z.optional(z.string().check(z.minLength(1), z.maxLength(limits.idLength))),
  /** How often it was put back since its person's profile could not be written. */
  attempts: z.optional(z.number()),
  event: z.record(z.string(), z.unknown()),
});
export type Envelope = z.infer<typeof envelope>;

/** A Segment call that passed its schema. */
export type Call = z.infer<typeof batchedCall>;
