import type { CalibrationStore } from '../adapters/calibration-store.ts';
import type { ControlStore } from '../adapters/control-store.ts';
import type { ProfileStore } from '../adapters/profiles/profile-store.ts';
import type { CalibrationRun } from '../domain/calibration/run.ts';
import { candidateOf, samplesOf, trainOn } from '../domain/classifier/cohort.ts';
import { SampleKeeper, type Candidate } from '../domain/classifier/samples.ts';
import type { TrainingRecord } from '../domain/classifier/training.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { monthOf, periodOf, previousMonth } from '../domain/period.ts';
import { thresholdsInForce } from '../domain/rules/thresholds.ts';
import { allParts, readParts, type PartsDeps } from './parts.ts';

export interface LearnDeps extends Omit<PartsDeps, 'store'> {
  plan: Plan;
  store: Pick<CalibrationStore, 'run' | 'parts' | 'savePart'>;
  control: Pick<ControlStore, 'thresholds' | 'training' | 'saveTraining'>;
  profiles: Pick<ProfileStore, 'loadMany'>;
}

export type Learnt = { training?: TrainingRecord } & ({ state: 'off' | 'done' } | { state: 'unfinished'; run: CalibrationRun });

/** Candidates of one part of the profile table; 32 parts make up to 8,000. A part with them must fit into an item of 400 KB. */
export const candidatesPerPart = 250;

/**
 * Trains the classifier on the people who were drawn a month ago, and draws those of the next training. Once the month is calibrated;
 * like the calibration, it may stop anywhere and continues with the next call, and each month is trained on once.
 */
export async function learn(deps: LearnDeps, nowMs: number): Promise<Learnt> {
  const { plan, store, control } = deps;
  const { classifier } = plan.config;
  if (classifier === undefined || classifier.mode === 'off') return { state: 'off' };
  const run = await store.run(monthOf(nowMs));
  if (run === undefined) return { state: 'done' };
  if (run.phase !== 'done') return { state: 'unfinished', run };
  const isTrained = (await control.training())?.month === run.month;
  const training = isTrained ? undefined : await train(deps, classifier.threshold, run);
  const isDrawn = await draw(deps, run);
  return { ...(isDrawn ? { state: 'done' } : { state: 'unfinished', run }), ...(training && { training }) };
}

/** @returns undefined when nobody was drawn a month ago, or another invocation has trained in the meantime */
async function train({ plan, store, control, profiles }: LearnDeps, threshold: string, run: CalibrationRun): Promise<TrainingRecord | undefined> {
  const outcomeMonth = previousMonth(run.startedAtMs);
  const drawing = await store.run(outcomeMonth);
  const parts = drawing && (await allParts(store, drawing, 'draw'));
  if (parts === undefined) return undefined;
  const candidates = parts.flatMap(({ sums }) => sums as Candidate[]);
  const loaded = await profiles.loadMany(candidates.map(({ userKey }) => ({ userKey, withContent: false })));
  const { fromMs } = periodOf(outcomeMonth);
  const samples = samplesOf(plan, candidates, new Map([...loaded].map(([userKey, { profile }]) => [userKey, profile])), fromMs);
  const record = trainOn(plan, threshold, samples, fromMs, { month: run.month, atMs: run.startedAtMs });
  return (await control.saveTraining(record)) ? record : undefined;
}

/** @returns whether all are drawn */
async function draw(deps: LearnDeps, run: CalibrationRun): Promise<boolean> {
  const { plan, control } = deps;
  const { fromMs } = periodOf(run.month);
  const moment = { nowMs: run.startedAtMs, thresholds: thresholdsInForce(plan.config, await control.thresholds()) };
  const parts = await readParts<SampleKeeper<Candidate>>(deps, run, {
    phase: 'draw',
    fields: 'candidates',
    none: () => new SampleKeeper(candidatesPerPart),
    add(keeper, profile) {
      const candidate = candidateOf(plan, profile, moment, fromMs);
      if (candidate) keeper.add(candidate);
    },
    pack: (keeper) => keeper.list(),
    unpack: (packed) => new SampleKeeper(candidatesPerPart, packed as Candidate[]),
  });
  return parts !== undefined;
}
