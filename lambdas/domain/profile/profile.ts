import type { Dated } from './dated.ts';
import type { Effect } from './effects.ts';
import type { Interests } from './interests.ts';
import { noMessages, type Messages } from './messages.ts';
import type { Outcome } from './outcome.ts';
import type { Score } from '../rules/score.ts';
import type { SignalState } from '../rules/signals.ts';

/** A workflow that was started for the person and has neither ended nor been stopped. */
export interface Run {
  campaign: string;
  key: string;
  executionName: string;
  entryAtMs: number;
  /** The draw key of its emails, if it differs from the person's now. */
  drawKey?: string;
  /** When the wait before the first email began anew. */
  restartedAtMs?: number;
  /** When it counts as ended even if no end was reported. Usually the execution ends earlier, and Step Functions reports it. */
  endsAtMs: number;
  /** Another one with the same key may run beside it. */
  concurrent?: true;
  /** Waits whose event has come. */
  resumedWaits?: string[];
}

/**
 * All that the pipeline knows of a person, except what only emails need (see Content). Every profile has every field, in this order, even where
 * it is undefined: V8 copies and reads objects of one shape several times faster than those of many.
 */
export interface Profile {
  userKey: string;
  /** Counts writes; 0 for a profile that is not stored yet. */
  version: number;
  /**
   * Highest sequence number applied. All of a person's records carry one partition key, so they stand in one
   * lineage of shards, in which sequence numbers only grow.
   */
  watermark: string;
  /** Messages applied, by which a resent event is recognised. */
  messages: Messages;
  /** Emails opened and links followed, which count once. */
  interests: Interests;
  /** When the first event came in; missing in profiles from before this was noted. */
  sinceMs: number | undefined;
  /** By which variants and holdouts are drawn, once a visitor has become known; see `drawKeyOf`. */
  drawKey: string | undefined;
  signals: Record<string, SignalState>;
  scores: Record<string, Score>;
  /** What calibration learns from: the last months in which anything happened, oldest first. Empty while no threshold is calibrated. */
  outcomes: Outcome[];
  /** The traits that rules ask for. */
  traits: Record<string, Dated>;
  consent: Dated | undefined;
  /** Topics that the person left, and when; `*` is everything. */
  unsubscribedAtMs: Record<string, number>;
  /** Topics that the person came back to, and when; the newer of the two counts. */
  resubscribedAtMs: Record<string, number>;
  thresholdsOn: readonly string[];
  /** `byModel` is the classifier's probability when it decided; else a rule decided, or none held. */
  segment: { name: string; sinceMs: number; byModel?: number } | undefined;
  /** Version of the rules, the thresholds and the model that the segment was found by. */
  settledBy: string | undefined;
  runs: Record<string, Run>;
  /** When the person last did what ends a campaign, by campaign. */
  exits: Record<string, number>;
  /** The last workflow that failed, by campaign. */
  failures: Record<string, { atMs: number; error: string }>;
  /** When events of a web key started workflows within the last day, oldest first. */
  webStartsAtMs: number[];
  /** Last entry by campaign and key, where it keeps the person from coming in again. */
  entries: Record<string, number>;
  /** Products looked at last, and when; newest first. */
  views: [productId: string, atMs: number][];
  /** How often the person was active in each hour of the UTC day, counted to 255; empty while no email asks for it. */
  activeHours: number[];
  /** Anonymous profiles whose history is part of this one, or is on its way here. */
  absorbed: string[];
  /** Those of them that only a web key has joined. A server that names both ids joins them for good. */
  claimed: string[];
  /** Set on an anonymous profile that became part of a known one; its later events follow. */
  mergedInto: string | undefined;
  /** Only a web key says so. */
  joinedByWeb: true | undefined;
  /** Its history has been added to that profile. */
  closed: true | undefined;
  /** Nobody but web keys has ever said anything of this person. */
  onlyByWeb: boolean;
  /** When the profile is deleted if nothing more comes in; never where it is undefined. */
  expiresAtMs: number | undefined;
  /** Does a server say an address, to which mail has not bounced or been complained about since? Undefined while none is known. */
  hasAddress: Dated | undefined;
  /** When the person was erased: earlier events never come back. Version 0 with this set means that nothing was kept since. */
  erasedAtMs: number | undefined;
  outbox: Effect[];
  /** The earliest instant at which time alone could change the segment, as the index has it; never later than the truth. */
  dueAtMs: number | undefined;
}

export function emptyProfile(userKey: string): Profile {
  return {
    userKey,
    version: 0,
    watermark: '',
    messages: noMessages,
    interests: [],
    sinceMs: undefined,
    drawKey: undefined,
    signals: {},
    scores: {},
    outcomes: [],
    traits: {},
    consent: undefined,
    unsubscribedAtMs: {},
    resubscribedAtMs: {},
    thresholdsOn: [],
    segment: undefined,
    settledBy: undefined,
    runs: {},
    exits: {},
    failures: {},
    webStartsAtMs: [],
    entries: {},
    views: [],
    activeHours: [],
    absorbed: [],
    claimed: [],
    mergedInto: undefined,
    joinedByWeb: undefined,
    closed: undefined,
    onlyByWeb: true,
    expiresAtMs: undefined,
    hasAddress: undefined,
    erasedAtMs: undefined,
    outbox: [],
    dueAtMs: undefined,
  };
}

/** Sequence numbers are decimal numbers of up to 56 digits; padded, they compare as text. */
export const comparableSequence = (sequenceNumber: string): string => sequenceNumber.padStart(56, '0');
