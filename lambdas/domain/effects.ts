import type { PropertyFilter } from '../schemas/rule.ts';

/** What the world outside the profile has to be told. Decided by the fold, stored with it, carried out, cleared. */
export type Effect = StartWorkflow | StopWorkflow | RecordTransition | MergeAnonymous | CloseAnonymous;

export interface StartWorkflow {
  kind: 'start';
  campaign: string;
  key: string;
  entryAtMs: number;
  executionName: string;
}

export interface StopWorkflow {
  kind: 'stop';
  campaign: string;
  executionName: string;
  /** Shown in the Step Functions console. */
  cause: string;
}

export interface RecordTransition {
  kind: 'transition';
  from: string | null;
  to: string;
  atMs: number;
  /** `replay`: the profile was rebuilt from the archive. */
  cause: 'event' | 'time' | 'replay';
  /** Name of the last event before the change; absent when time alone caused it. */
  event?: string;
  rulesVersion: string;
  thresholdsVersion: number;
  /** The values that decided, as they were then: all scores, and the events that the rules of both segments ask for. */
  scores: Record<string, number>;
  events: DecidingEvent[];
}

export interface DecidingEvent {
  event: string;
  where?: PropertyFilter[];
  count: number;
  lastAtMs: number;
}

export interface MergeAnonymous {
  kind: 'merge';
  anonymousKey: string;
}

/** The history of an anonymous profile is in the known one; it must never be added again. */
export interface CloseAnonymous {
  kind: 'close';
  anonymousKey: string;
}
