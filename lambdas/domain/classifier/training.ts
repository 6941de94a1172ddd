import type { Model } from '../../schemas/model.ts';
import type { Comparison, Evaluation } from './evaluate.ts';
import type { Refusal } from './train.ts';

/** What the training of a month came to. */
export interface TrainingRecord {
  /** The month that it was made in and decides for, such as 2026-12. */
  month: string;
  /** The month before, whose outcomes it learnt from. */
  outcomeMonth: string;
  madeAtMs: number;
  threshold: string;
  /** Whose outcomes: people whom no campaign mails, or everybody, mailed or not. */
  basis: 'holdout' | 'everybody';
  /** Ambiguous people whose outcome was known, and those who converted. */
  people: number;
  converted: number;
  result: { kind: 'refused'; why: Refusal } | { kind: 'trained'; model: Model; evaluation: Evaluation; comparison: Comparison };
}

/** The model that may decide: one that has beaten the rule on people whom it had not seen. */
export function modelInForce(record: TrainingRecord | undefined): Model | undefined {
  return record?.result.kind === 'trained' && record.result.comparison.beats ? record.result.model : undefined;
}
