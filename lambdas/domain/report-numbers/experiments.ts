import type { CampaignConfig, Config } from '../../schemas/config.ts';
import type { ReportDataInput } from '../../schemas/report.ts';
import { chanceToBeBest } from '../statistics/bayes.ts';
import { alphaOf, inWords, sampleRatio, sampleRatioLimit, verdict, type Arm } from '../statistics/experiments.ts';
import { relativeLift } from '../statistics/lift.ts';
import { cents, millionths } from './amounts.ts';
import { noVariant } from './emails.ts';
import { armPlace, holdoutArm } from './results.ts';
import type { Tally } from './tally.ts';

type Experiment = NonNullable<ReportDataInput['experiments']>[number];
type Verdict = Experiment['verdicts'][number];
export type NamedArm = Arm & { arm: string };

/** Campaigns of the config with two arms or more to compare. */
export function experimentNumbers(config: Pick<Config, 'campaigns' | 'holdout'>, arms: Tally): Experiment[] {
  return Object.entries(config.campaigns).flatMap(([name, campaign]) => {
    const compared = compareArms(config, campaign, armsOf(name, arms));
    return compared === undefined ? [] : [{ campaign: name, title: campaign.title, ...(campaign.comparedSince !== undefined && { since: campaign.comparedSince }), ...compared }];
  });
}

function armsOf(campaign: string, arms: Tally): NamedArm[] {
  const names = arms.by(armPlace.arm, { [armPlace.campaign]: campaign }).keys();
  const of = (arm: string, amount: string) => arms.get(campaign, arm, amount);
  return [...names].map((arm) => ({ arm, people: of(arm, 'people'), converted: of(arm, 'converted'), revenue: cents(of(arm, 'revenue')), revenueSquared: of(arm, 'revenueSquared') }));
}

/**
 * The verdicts on a campaign's arms. Each is compared with the holdout when there is one, else with the first variant.
 * @returns undefined when there are not two arms with people to compare
 */
export function compareArms({ holdout }: Pick<Config, 'holdout'>, campaign: CampaignConfig, arms: readonly NamedArm[]): Omit<Experiment, 'campaign' | 'title' | 'since'> | undefined {
  const planned = plannedShares(holdout, campaign);
  const known = [...planned.keys()].flatMap((name) => arms.find(({ arm, people }) => arm === name && people > 0) ?? []);
  const control = known.find(({ arm }) => arm === holdoutArm) ?? known.find(({ arm }) => arm === [...planned.keys()][0]);
  if (control === undefined || known.length < 2) return undefined;
  const sampleRatioP = sampleRatio([...planned.keys()].map((name) => arms.find(({ arm }) => arm === name)?.people ?? 0), [...planned.values()]);
  const alpha = alphaOf(planned.size - 1);
  const verdicts = known.filter((one) => one !== control).map((one) => verdictOn(control, one, sampleRatioP, alpha));
  // While there is no verdict on any arm, a probability would suggest one, so none is given.
  const chances = verdicts.some(({ conversion }) => conversion !== undefined) ? chanceToBeBest(known) : [];
  const all = new Set([...planned.keys(), ...arms.map(({ arm }) => arm)]);
  return {
    control: control.arm,
    arms: [...all].map((arm) => {
      const { people, converted, revenue } = arms.find((one) => one.arm === arm) ?? { people: 0, converted: 0, revenue: 0 };
      const [title, share, chance] = [armTitles.get(arm), planned.get(arm), chances[known.findIndex((one) => one.arm === arm)]];
      return { arm, ...(title !== undefined && { title }), people, converted, revenue, ...(share !== undefined && { planned: millionths(share) }), ...(chance !== undefined && { chanceToBeBest: chance }) };
    }),
    sampleRatioP,
    sampleRatioLimit,
    verdicts,
  };
}

const armTitles = new Map([
  [noVariant, 'Mailed'],
  [holdoutArm, 'Held out'],
]);

function verdictOn(control: NamedArm, treated: NamedArm, sampleRatioP: number, alpha: number): Verdict {
  const { arm } = treated;
  const found = verdict(control, treated, sampleRatioP, alpha);
  const words = inWords(arm === noVariant ? 'The campaign' : arm, control.arm, found);
  if (found.kind === 'blocked' || found.kind === 'too-few') return { arm, kind: found.kind, words };
  const { kind, conversion, chance, revenue } = found;
  const lift = relativeLift(control, treated, alpha);
  return { arm, kind, words, conversion, chance, revenue, ...(lift && { lift }) };
}

/** Shares of people by arm, as the config has them now; variants first, in their order. */
function plannedShares(globalHoldout: number, { holdout, transactional, variants, winner }: CampaignConfig): Map<string, number> {
  const heldOut = transactional ? 0 : 1 - (1 - globalHoldout) * (1 - holdout);
  const list = winner === undefined ? Object.entries(variants ?? { [noVariant]: { weight: 1 } }) : [[winner, { weight: 1 }] as const];
  const weights = list.reduce((sum, [, { weight }]) => sum + weight, 0);
  return new Map([...list.map(([name, { weight }]) => [name, (weight / weights) * (1 - heldOut)] as const), ...(heldOut > 0 ? [[holdoutArm, heldOut] as const] : [])]);
}
