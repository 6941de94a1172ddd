import type { CalibrationStore } from '../adapters/calibration-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { ProfilePages } from '../adapters/profiles/pages.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { advance, type AdvanceDeps, type Advanced } from './advance.ts';
import { learn, type LearnDeps } from './learn.ts';
import { logPhase, logChange, logTraining } from './log.ts';

export interface Deps {
  plan: Plan;
  pages: ProfilePages;
  store: CalibrationStore;
  control: AdvanceDeps['control'] & LearnDeps['control'];
  profiles: LearnDeps['profiles'];
  logger: Logger;
  now: () => number;
  /** A clock for measuring elapsed time only. */
  elapsedMs: () => number;
  /** How long one invocation may work; the next one continues. */
  budgetMs: number;
  parts: number;
}

/** Moves the thresholds to where scores and outcomes say, once a month, as a new version that keeps the old ones. */
export function createHandler({ logger, now, elapsedMs, budgetMs, ...deps }: Deps) {
  return async (): Promise<{ state: Advanced['state']; version: number }> => {
    const [nowMs, startMs] = [now(), elapsedMs()];
    const isTimeUp = () => elapsedMs() - startMs >= budgetMs;
    const advanced = await advance({ ...deps, isTimeUp }, nowMs);
    const { state } = advanced;
    if (advanced.state === 'unfinished') {
      logPhase(logger, advanced.run, advanced.run.phase, nowMs);
      return { state, version: 0 };
    }
    const version = advanced.state === 'known' ? advanced.version : advanced.record.version;
    if (advanced.state === 'known') logger.info('this month is calibrated already', { version, result: advanced.result });
    else {
      const { month, changes, people } = advanced.record;
      logger.info('calibrated', { state, month, version, people });
      for (const change of changes) logChange(logger, change);
    }
    const learnt = await learn({ ...deps, isTimeUp }, nowMs);
    if (learnt.training) logTraining(logger, learnt.training);
    if (learnt.state !== 'unfinished') return { state, version };
    logPhase(logger, learnt.run, 'draw', nowMs);
    return { state: 'unfinished', version };
  };
}
