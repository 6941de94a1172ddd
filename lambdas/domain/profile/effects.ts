import type { Source } from '../../schemas/event.ts';
import type { PropertyFilter } from '../../schemas/rule.ts';

/** Something that has to happen outside the profile. Decided by the fold, stored with the profile, carried out, then cleared. */
export type Effect = StartWorkflow | StopWorkflow | ResumeWorkflow | RecordTransition | RecordConversion | MergeAnonymous | CloseAnonymous;

export interface StartWorkflow {
  kind: 'start';
  campaign: string;
  key: string;
  entryAtMs: number;
  executionName: string;
  /** The version in force at the entry, which the rules of the workflow use until its end. */
  thresholdsVersion: number;
}

export interface StopWorkflow {
  kind: 'stop';
  campaign: string;
  executionName: string;
  /** Shown in the Step Functions console. */
  cause: string;
}

/** An event has come that a workflow waits for, or may wait for later. */
export interface ResumeWorkflow {
  kind: 'resume';
  campaign: string;
  executionName: string;
  wait: string;
  atMs: number;
}

export const workflowOutcomes = ['completed', 'stopped', 'failed', 'timed-out'] as const;
export type WorkflowOutcome = (typeof workflowOutcomes)[number];

/** The end of a workflow execution, for the report and to show failures. It is recorded before the profile is written, so it is no effect. */
export interface WorkflowEnd {
  campaign: string;
  executionName: string;
  entryAtMs: number;
  endedAtMs: number;
  outcome: WorkflowOutcome;
  /** Name of the error that it failed with. */
  error?: string;
}

export interface RecordTransition {
  kind: 'transition';
  from: string | null;
  to: string;
  atMs: number;
  /** `rules`: other rules or thresholds came into force; `replay`: the profile was rebuilt from the archive. */
  cause: 'event' | 'time' | 'rules' | 'replay';
  /** Name of the last event before the change; absent when time alone caused it. */
  event?: string;
  rulesVersion: string;
  thresholdsVersion: number;
  /** What decided: a rule, the classifier, or nothing since no rule holds. Missing in older records, and where the classifier is off. */
  decidedBy?: 'rule' | 'model' | 'fallback';
  /** By the classifier, that the person converts within the month; where it was asked. */
  probability?: number;
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

/** A conversion that counts, with what was known of the person before it. Scores and emails are measured by these. */
export interface RecordConversion {
  kind: 'conversion';
  /** Hash of the message id, by which a resent event is the same conversion. */
  id: string;
  event: string;
  atMs: number;
  receivedAtMs: number;
  source: Source;
  revenue?: number;
  currency?: string;
  orderId?: string;
  /** `null` for a person of whom nothing was known. */
  segment: string | null;
  /** All scores at the time of the conversion, without the points of its own. */
  scores: Record<string, number>;
}

export interface MergeAnonymous {
  kind: 'merge';
  anonymousKey: string;
  /** Only a web key says that the two are one person. Then history moves, but no address, name, consent or topic does. */
  byWeb?: true;
}

/** The history of an anonymous profile is in the known one; it must never be added again. */
export interface CloseAnonymous {
  kind: 'close';
  anonymousKey: string;
}
