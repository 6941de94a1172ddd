import type { Logger } from '../adapters/logger.ts';
import type { CalibrationRun } from '../domain/calibration/run.ts';
import type { TrainingRecord } from '../domain/classifier/training.ts';
import type { ThresholdChange } from '../domain/rules/thresholds.ts';
import { hourMs } from '../domain/time.ts';

/** The schedule ends after two hours, when the report is made; the calibration should be done by then. */
const lateAfterMs = 1.6 * hourMs;

/** @throws Error when it is late, so that an alarm goes off */
export function logPhase(logger: Logger, { month, startedAtMs }: CalibrationRun, phase: string, nowMs: number): void {
  if (nowMs - startedAtMs > lateAfterMs) throw new Error(`the calibration of ${month} still has to ${phase} after ${Math.round((nowMs - startedAtMs) / 60_000)} minutes`);
  logger.info('calibration goes on with the next run', { month, phase });
}

export function logTraining(logger: Logger, { month, threshold, basis, people, converted, result }: TrainingRecord): void {
  const outcome = result.kind === 'refused' ? { refused: result.why } : { beatsRule: result.comparison.beats, missing: result.comparison.missing.join(), p: result.comparison.p };
  logger.info('classifier trained', { month, threshold, basis, people, converted, ...outcome });
}

export function logChange(logger: Logger, { threshold, from, to, wanted, sampleSize, decision, psi }: ThresholdChange): void {
  logger.info('threshold', { threshold, from, to, wanted, sampleSize, decision, psi });
  // An alarm counts log lines with this message.
  if (decision === 'frozen') logger.error('calibration frozen', { threshold, psi });
}
