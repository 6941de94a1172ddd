import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { ProfileStore } from '../adapters/profile-store.ts';
import type { Plan } from '../domain/plan.ts';
import { scoreAt } from '../domain/score.ts';
import { calibrate, thresholdsInForce, type ThresholdsRecord } from '../domain/thresholds.ts';

export interface Deps {
  plan: Plan;
  profiles: Pick<ProfileStore, 'scan'>;
  control: Pick<ControlStore, 'thresholds' | 'publishThresholds'>;
  logger: Logger;
  now: () => number;
}

/** Moves the thresholds to where the scores are now, once a month, as a new version that keeps the old one. */
export function createHandler({ plan, profiles, control, logger, now }: Deps) {
  return async (): Promise<{ version: number; made: boolean }> => {
    const nowMs = now();
    const month = new Date(nowMs).toISOString().slice(0, 7);
    const current = await control.thresholds();
    if (current?.month === month) {
      logger.info('this month is calibrated already', { month, version: current.version });
      return { version: current.version, made: false };
    }
    const { values, changes } = calibrate(plan.config, thresholdsInForce(plan.config, current), await scoresAboveZero(plan, profiles, nowMs));
    const record: ThresholdsRecord = { version: (current?.version ?? 0) + 1, month, madeAtMs: nowMs, values, changes };
    const made = await control.publishThresholds(record);
    for (const { threshold, from, to, sampleSize, decision } of changes) logger.info('threshold', { threshold, from, to, sampleSize, decision });
    return { version: record.version, made };
  };
}

async function scoresAboveZero(plan: Plan, profiles: Deps['profiles'], nowMs: number): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for await (const { scores, mergedInto } of profiles.scan()) {
    if (mergedInto !== undefined) continue;
    for (const [name, score] of Object.entries(scores)) {
      const value = scoreAt(score, nowMs, plan.halfLifeMs(name));
      if (value > 0) (found[name] ??= []).push(value);
    }
  }
  return found;
}
