import type { Content } from '../../domain/profile/content.ts';
import { shortHash, unitHash } from '../../domain/hash.ts';
import type { Message } from '../../domain/profile/messages.ts';
import type { Outcome } from '../../domain/profile/outcome.ts';
import { comparableSequence, emptyProfile, type Profile } from '../../domain/profile/profile.ts';
import type { SignalState } from '../../domain/rules/signals.ts';

/**
 * How a profile is stored in DynamoDB. Attribute names and shapes are short because a write costs one unit per KB;
 * this file alone knows them.
 */
export interface ProfileItem {
  userKey: string;
  part: 'profile';
  ver: number;
  seq?: string;
  /** Messages of trusted senders: the newest minute in four bytes; then for each minute its age, the number of messages, and six bytes of hash for each. */
  mem?: Uint8Array;
  /** Messages of public keys, in the same form. */
  web?: Uint8Array;
  /** Emails opened and links followed: six bytes of hash for each. */
  int?: Uint8Array;
  /** When the first event came in. */
  sin?: number;
  /** What variants are drawn by. */
  dra?: string;
  sig?: Record<string, PackedSignal>;
  sco?: Record<string, [value: number, atMs: number]>;
  mon?: PackedOutcome[];
  tra?: Profile['traits'];
  con?: Profile['consent'];
  uns?: Record<string, number>;
  res?: Record<string, number>;
  thr?: readonly string[];
  seg?: [name: string, sinceMs: number, byModel?: number];
  rul?: string;
  run?: Profile['runs'];
  exi?: Record<string, number>;
  ent?: Record<string, number>;
  fai?: Profile['failures'];
  /** Starts by a web key. */
  wst?: number[];
  vie?: [string, number][];
  /** 24 bytes. */
  hrs?: Uint8Array;
  abs?: string[];
  /** Of `abs`, those that only a web key has joined. */
  cla?: string[];
  /** Belongs to `into`: only a web key made the join. */
  byw?: true;
  into?: string;
  clo?: true;
  era?: number;
  /** Nobody but web keys has spoken of the person. */
  onw?: true;
  /** DynamoDB's time to live. */
  expiresAtS?: number;
  /** When an address was said; below zero when it was lost; 0 while there is none. Missing in profiles from before this was kept. */
  adr?: number;
  out?: Profile['outbox'];
  due?: number;
  /** The two keys of the sparse index `due`. */
  dueShard?: string;
  dueAtMs?: number;
  /** How often in a row the refresh failed to settle it; the next write of the whole item removes it. */
  tries?: number;
}

/** Months count from January 1970; zeros at the end are left out. */
type PackedOutcome = [month: number, scores: Record<string, number>, converted?: number, revenue?: number, flags?: number];

type PackedSignal = [count: number, firstAtMs: number, recentAtMs: number[], dailySums?: Record<string, number> | null, sessions?: SignalState['sessions'] | null, total?: number];

const minuteBytes = 4;
const hashBytes = 6;

/** Index partitions, so that the load of a busy minute is spread. */
export const dueShards = Array.from({ length: 8 }, (_, index) => String(index));

export function encodeProfile(profile: Profile): ProfileItem {
  const item: ProfileItem = { userKey: profile.userKey, part: 'profile', ver: profile.version };
  if (profile.watermark) item.seq = profile.watermark.replace(/^0+/, '');
  if (profile.messages.trusted.length > 0) item.mem = packMessages(profile.messages.trusted);
  if (profile.messages.web.length > 0) item.web = packMessages(profile.messages.web);
  if (profile.interests.length > 0) item.int = Buffer.concat(profile.interests.map((hash) => Buffer.from(hash, 'base64url')));
  if (profile.sinceMs !== undefined) item.sin = profile.sinceMs;
  if (profile.drawKey !== undefined) item.dra = profile.drawKey;
  if (!isEmpty(profile.signals)) item.sig = mapValues(profile.signals, packSignal);
  if (!isEmpty(profile.scores)) item.sco = mapValues(profile.scores, ({ value, atMs }) => [value, atMs]);
  if (profile.outcomes.length > 0) item.mon = profile.outcomes.map(packOutcome);
  if (!isEmpty(profile.traits)) item.tra = profile.traits;
  if (profile.consent) item.con = profile.consent;
  if (!isEmpty(profile.unsubscribedAtMs)) item.uns = profile.unsubscribedAtMs;
  if (!isEmpty(profile.resubscribedAtMs)) item.res = profile.resubscribedAtMs;
  if (profile.thresholdsOn.length > 0) item.thr = profile.thresholdsOn;
  if (profile.segment) item.seg = packSegment(profile.segment);
  if (profile.settledBy !== undefined) item.rul = profile.settledBy;
  if (!isEmpty(profile.runs)) item.run = profile.runs;
  if (!isEmpty(profile.exits)) item.exi = profile.exits;
  if (!isEmpty(profile.entries)) item.ent = profile.entries;
  if (!isEmpty(profile.failures)) item.fai = profile.failures;
  if (profile.webStartsAtMs.length > 0) item.wst = profile.webStartsAtMs;
  if (profile.views.length > 0) item.vie = profile.views;
  if (profile.activeHours.length > 0) item.hrs = Buffer.from(profile.activeHours);
  if (profile.absorbed.length > 0) item.abs = profile.absorbed;
  if (profile.claimed.length > 0) item.cla = profile.claimed;
  if (profile.joinedByWeb) item.byw = true;
  if (profile.mergedInto !== undefined) item.into = profile.mergedInto;
  if (profile.closed) item.clo = true;
  if (profile.erasedAtMs !== undefined) item.era = profile.erasedAtMs;
  if (profile.onlyByWeb) item.onw = true;
  if (profile.expiresAtMs !== undefined) item.expiresAtS = Math.ceil(profile.expiresAtMs / 1000);
  item.adr = profile.hasAddress === undefined ? 0 : profile.hasAddress.value === true ? profile.hasAddress.atMs : -profile.hasAddress.atMs;
  if (profile.outbox.length > 0) item.out = profile.outbox;
  if (profile.dueAtMs !== undefined) item.due = profile.dueAtMs;
  // A profile with unfinished effects is due at once, so that the refresh repairs what a crash left.
  const indexAtMs = profile.outbox.length > 0 ? 0 : profile.dueAtMs;
  if (indexAtMs !== undefined) Object.assign(item, { dueShard: dueShardOf(profile.userKey), dueAtMs: indexAtMs });
  return item;
}

export function decodeProfile(item: ProfileItem): Profile {
  return {
    ...emptyProfile(item.userKey),
    version: item.ver,
    watermark: item.seq === undefined ? '' : comparableSequence(item.seq),
    messages: { web: unpackMessages(item.web), trusted: unpackMessages(item.mem) },
    interests: unpackHashes(item.int),
    sinceMs: item.sin,
    drawKey: item.dra,
    signals: mapValues(item.sig ?? {}, unpackSignal),
    scores: mapValues(item.sco ?? {}, ([value, atMs]) => ({ value, atMs })),
    outcomes: (item.mon ?? []).map(unpackOutcome),
    traits: item.tra ?? {},
    consent: item.con,
    unsubscribedAtMs: item.uns ?? {},
    resubscribedAtMs: item.res ?? {},
    thresholdsOn: item.thr ?? [],
    segment: item.seg && unpackSegment(item.seg),
    settledBy: item.rul,
    runs: item.run ?? {},
    exits: item.exi ?? {},
    entries: item.ent ?? {},
    failures: item.fai ?? {},
    webStartsAtMs: item.wst ?? [],
    views: item.vie ?? [],
    activeHours: [...(item.hrs ?? [])],
    absorbed: item.abs ?? [],
    claimed: item.cla ?? [],
    mergedInto: item.into,
    joinedByWeb: item.byw,
    closed: item.clo,
    onlyByWeb: item.onw ?? false,
    expiresAtMs: item.expiresAtS === undefined ? undefined : item.expiresAtS * 1000,
    hasAddress: item.adr === 0 ? undefined : { value: (item.adr ?? 0) >= 0, atMs: Math.abs(item.adr ?? 0) },
    erasedAtMs: item.era,
    outbox: item.out ?? [],
    dueAtMs: item.due,
  };
}

export interface ContentItem {
  userKey: string;
  part: 'content';
  ver: number;
  traits: Content['traits'];
  products: Content['products'];
  lastBoughtAtMs?: number;
  entries?: NonNullable<Content['entries']>;
  /** That of the profile. */
  expiresAtS?: number;
}

export function encodeContent(userKey: string, { version, ...rest }: Content, expiresAtMs?: number): ContentItem {
  return { userKey, part: 'content', ver: version, ...rest, ...(expiresAtMs !== undefined && { expiresAtS: Math.ceil(expiresAtMs / 1000) }) };
}

export function decodeContent({ ver, traits, products, lastBoughtAtMs, entries }: ContentItem): Content {
  return { version: ver, traits, products, ...(lastBoughtAtMs !== undefined && { lastBoughtAtMs }), ...(entries && { entries }) };
}

export const dueShardOf = (userKey: string): string => String(Math.floor(unitHash('due', userKey) * dueShards.length));

/** Sort key of a transition: in order of time, and the same for the same transition. */
export const transitionPart = (atMs: number, from: string | null, to: string): string =>
  `transition#${String(atMs).padStart(15, '0')}#${shortHash([from ?? '', to], 6)}`;

/** Sort key of a workflow: in order of entry, and the same for the same execution. */
export const workflowPart = (entryAtMs: number, executionName: string): string => `workflow#${String(entryAtMs).padStart(15, '0')}#${shortHash([executionName], 8)}`;

/** Sort key of a conversion: in order of time, and the same for the same event. */
export const conversionPart = (atMs: number, id: string): string => `conversion#${String(atMs).padStart(15, '0')}#${id}`;

function packSegment({ name, sinceMs, byModel }: NonNullable<Profile['segment']>): NonNullable<ProfileItem['seg']> {
  return byModel === undefined ? [name, sinceMs] : [name, sinceMs, byModel];
}

function unpackSegment([name, sinceMs, byModel]: NonNullable<ProfileItem['seg']>): NonNullable<Profile['segment']> {
  return { name, sinceMs, ...(byModel !== undefined && { byModel }) };
}

function packSignal({ count, firstAtMs, recentAtMs, dailySums, sessions, total }: SignalState): PackedSignal {
  if (total !== undefined) return [count, firstAtMs, recentAtMs, dailySums ?? null, sessions ?? null, total];
  if (sessions) return [count, firstAtMs, recentAtMs, dailySums ?? null, sessions];
  return dailySums ? [count, firstAtMs, recentAtMs, dailySums] : [count, firstAtMs, recentAtMs];
}

function unpackSignal([count, firstAtMs, recentAtMs, dailySums, sessions, total]: PackedSignal): SignalState {
  return { count, firstAtMs, recentAtMs, ...(dailySums && { dailySums }), ...(sessions && { sessions }), ...(total !== undefined && { total }) };
}

const isMailed = 1;
const isPartial = 2;
/** Smaller values are stored as 0; DynamoDB has no numbers below 1e-130. */
const leastScore = 1e-100;

function packOutcome({ monthMs, scores, converted, revenue, mailed, ...rest }: Outcome): PackedOutcome {
  const month = new Date(monthMs);
  const flags = (mailed ? isMailed : 0) + (rest.isPartial ? isPartial : 0);
  const kept = Object.entries(scores).filter(([, value]) => Math.abs(value) >= leastScore);
  const counts = [converted, revenue, flags];
  while (counts.at(-1) === 0) counts.pop();
  return [(month.getUTCFullYear() - 1970) * 12 + month.getUTCMonth(), Object.fromEntries(kept), ...counts] as PackedOutcome;
}

function unpackOutcome([month, scores, converted = 0, revenue = 0, flags = 0]: PackedOutcome): Outcome {
  const mailed = (flags & isMailed) !== 0;
  return { monthMs: Date.UTC(1970, month), scores, converted, revenue, mailed, ...((flags & isPartial) !== 0 && { isPartial: true }) };
}

/** Messages of one minute stand together: its age, how many there are, and their hashes. */
function packMessages(messages: readonly Message[]): Uint8Array {
  const newest = messages.reduce((latest, { minute }) => Math.max(latest, minute), 0);
  const head = Buffer.alloc(minuteBytes);
  head.writeUInt32BE(newest);
  const parts: Uint8Array[] = [head];
  for (let start = 0; start < messages.length; ) {
    const { minute } = messages[start] as Message;
    let end = start;
    while (end < messages.length && end - start < 255 && messages[end]?.minute === minute) end += 1;
    const hashes = messages.slice(start, end).map(({ hash }) => Buffer.from(hash, 'base64url'));
    parts.push(Buffer.from([Math.min(255, newest - minute), end - start]), ...hashes);
    start = end;
  }
  return Buffer.concat(parts);
}

function unpackMessages(packed: Uint8Array | undefined): Message[] {
  if (packed === undefined) return [];
  const bytes = Buffer.from(packed);
  const newest = bytes.readUInt32BE();
  const messages: Message[] = [];
  for (let at = minuteBytes; at < bytes.length; ) {
    const [age, count] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)];
    at += 2;
    for (const end = at + count * hashBytes; at < end; at += hashBytes) messages.push({ hash: bytes.toString('base64url', at, at + hashBytes), minute: newest - age });
  }
  return messages;
}

function unpackHashes(packed: Uint8Array | undefined): string[] {
  const bytes = Buffer.from(packed ?? []);
  return Array.from({ length: bytes.length / hashBytes }, (_, place) => bytes.toString('base64url', place * hashBytes, (place + 1) * hashBytes));
}

const isEmpty = (record: object): boolean => Object.keys(record).length === 0;

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
