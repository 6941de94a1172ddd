import type { CalibrationStore } from '../adapters/calibration-store.ts';
import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { ProfilePages } from '../adapters/profile-pages.ts';
import type { CalibrationRun } from '../domain/calibration/run.ts';
import type { TrainingRecord } from '../domain/classifier/training.ts';
import type { Plan } from '../domain/plan.ts';
import type { ThresholdChange } from '../domain/thresholds.ts';
import { hourMs } from '../domain/time.ts';
import { advance, type Advanced } from './advance.ts';
import { learn, type LearnDeps } from './learn.ts';

export interface Deps {
  plan: Plan;
  pages: ProfilePages;
  store: CalibrationStore;
  control: Pick<ControlStore, 'thresholds' | 'publishThresholds'> & LearnDeps['control'];
  profiles: LearnDeps['profiles'];
  logger: Logger;
  now: () => number;
  /** A clock that only measures how long the function has worked. */
  elapsedMs: () => number;
  /** How long one invocation may work; the next one goes on. */
  budgetMs: number;
  parts: number;
}

/** The schedule ends after two hours. Who reads the report then should know the outcome. */
const lateAfterMs = 1.6 * hourMs;

/** Moves the thresholds to where scores and outcomes say, once a month, as a new version that keeps the old ones. */
export function createHandler({ logger, now, elapsedMs, budgetMs, ...deps }: Deps) {
  return async (): Promise<{ state: Advanced['state']; version: number }> => {
    const [nowMs, startMs] = [now(), elapsedMs()];
    const isTimeUp = () => elapsedMs() - startMs >= budgetMs;
    const advanced = await advance({ ...deps, isTimeUp }, nowMs);
    const { state } = advanced;
    if (advanced.state === 'unfinished') {
      goOn(logger, advanced.run, advanced.run.phase, nowMs);
      return { state, version: 0 };
    }
    const version = advanced.state === 'known' ? advanced.version : advanced.record.version;
    if (advanced.state === 'known') logger.info('this month is calibrated already', { version, result: advanced.result });
    else {
      const { month, changes, people } = advanced.record;
      logger.info('calibrated', { state, month, version, people });
      for (const change of changes) report(logger, change);
    }
    const learnt = await learn({ ...deps, isTimeUp }, nowMs);
    if (learnt.training) reportTraining(logger, learnt.training);
    if (learnt.state !== 'unfinished') return { state, version };
    goOn(logger, learnt.run, 'draw', nowMs);
    return { state: 'unfinished', version };
  };
}

/** @throws Error when it is late, so that somebody hears of it */
function goOn(logger: Logger, { month, startedAtMs }: CalibrationRun, phase: string, nowMs: number): void {
  if (nowMs - startedAtMs > lateAfterMs) throw new Error(`the calibration of ${month} still has to ${phase} after ${Math.round((nowMs - startedAtMs) / 60_000)} minutes`);
  logger.info('calibration goes on with the next run', { month, phase });
}

function reportTraining(logger: Logger, { month, threshold, basis, people, converted, result }: TrainingRecord): void {
  const outcome = result.kind === 'refused' ? { refused: result.why } : { beatsRule: result.comparison.beats, missing: result.comparison.missing.join(), p: result.comparison.p };
  logger.info('classifier trained', { month, threshold, basis, people, converted, ...outcome });
}

function report(logger: Logger, { threshold, from, to, wanted, sampleSize, decision, psi }: ThresholdChange): void {
  logger.info('threshold', { threshold, from, to, wanted, sampleSize, decision, psi });
  // An alarm counts these words.
  if (decision === 'frozen') logger.error('calibration frozen', { threshold, psi });
}
