import type { CampaignConfig, Config } from '../../schemas/config.ts';
import { inWords, sampleRatio, verdict, type Arm, type Verdict } from '../statistics/experiments.ts';
import { noVariant } from './emails.ts';
import { holdoutArm } from './results.ts';

export type NamedArm = Arm & { arm: string };

/** What may be said of a campaign's arms. */
export interface Comparison {
  /** The holdout when there is one, else the first variant. */
  control: string;
  /** Probability of the numbers of people, if they were assigned as planned. */
  sampleRatioP: number;
  verdicts: { arm: string; verdict: Verdict; words: string }[];
}

/** @returns undefined when there are not two arms with people to compare */
export function compareArms({ holdout }: Pick<Config, 'holdout'>, campaign: CampaignConfig, arms: readonly NamedArm[]): Comparison | undefined {
  const planned = plannedShares(holdout, campaign);
  const known = arms.filter(({ arm, people }) => people > 0 && planned.has(arm));
  const control = known.find(({ arm }) => arm === holdoutArm) ?? known.find(({ arm }) => arm === [...planned.keys()][0]);
  if (control === undefined || known.length < 2) return undefined;
  const sampleRatioP = sampleRatio([...planned.keys()].map((name) => arms.find(({ arm }) => arm === name)?.people ?? 0), [...planned.values()]);
  return {
    control: control.arm,
    sampleRatioP,
    verdicts: known
      .filter((one) => one !== control)
      .map((one) => {
        const found = verdict(control, one, sampleRatioP);
        return { arm: one.arm, verdict: found, words: inWords(one.arm === noVariant ? 'The campaign' : one.arm, control.arm, found) };
      }),
  };
}

/** Shares of people by arm, as the config has them now; variants first, in their order. */
function plannedShares(globalHoldout: number, { holdout, transactional, variants, winner }: CampaignConfig): Map<string, number> {
  const heldOut = transactional ? 0 : 1 - (1 - globalHoldout) * (1 - holdout);
  const list = winner === undefined ? Object.entries(variants ?? { [noVariant]: { weight: 1 } }) : [[winner, { weight: 1 }] as const];
  const weights = list.reduce((sum, [, { weight }]) => sum + weight, 0);
  return new Map([...list.map(([name, { weight }]) => [name, (weight / weights) * (1 - heldOut)] as const), ...(heldOut > 0 ? [[holdoutArm, heldOut] as const] : [])]);
}
