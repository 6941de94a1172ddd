import type { Thresholds } from '../rules/compile.ts';
import type { ThresholdChange } from '../rules/thresholds.ts';

/**
 * First scores and outcomes are measured, then the moves between segments are predicted. Once thresholds are decided, candidates for the
 * classifier's next training are drawn. Each reads everybody.
 */
export type Phase = 'measure' | 'predict' | 'draw';

/** How far the calibration of a month has come. */
export interface CalibrationRun {
  /** The month that it is made for, such as 2026-11. */
  month: string;
  phase: Exclude<Phase, 'draw'> | 'done';
  /** Scores are taken as they are at this instant, in all parts and however long it takes. */
  startedAtMs: number;
  /** Parts of the profile table, which are read one by one or side by side. */
  parts: number;
  /** What was decided, from `predict` on. */
  decided?: { baseVersion: number; people: number; before: Thresholds; after: Thresholds; changes: ThresholdChange[] };
  /** The result, once the run has ended. */
  result?: RunResult;
}

/** `published`: in force. `proposed`: waits for approval. `overtaken`: somebody published another version during the run. */
export type RunResult = 'published' | 'proposed' | 'overtaken' | 'rejected';

/** The progress of one part of the table. A save succeeds only on top of the save that it continues from, so each is counted once. */
export interface Part {
  part: number;
  /** How often it was saved. */
  saves: number;
  isDone: boolean;
  /** Where reading continues. */
  cursor?: Record<string, unknown>;
  /** Sums over what was read, as JSON; nothing yet at the first save. */
  sums?: unknown;
}
