import type { CampaignConfig, Config, StepConfig } from '../../schemas/config.ts';
import { unitHash } from '../hash.ts';
import { isHeldOut } from './holdout.ts';

/**
 * The variant of a campaign that a person gets: always the same one, so that every email of a comparison is of one kind.
 * @param drawKey see `drawKeyIn`: the key of the person, or of the visitor whom they were
 * @returns undefined when the campaign compares nothing
 */
export function variantOf(name: string, { variants, winner }: Pick<CampaignConfig, 'variants' | 'winner'>, drawKey: string): string | undefined {
  if (winner !== undefined || variants === undefined) return winner;
  const list = Object.entries(variants);
  const total = list.reduce((sum, [, { weight }]) => sum + weight, 0);
  let left = unitHash('variant', name, drawKey) * total;
  return list.find(([, { weight }]) => (left -= weight) < 0)?.[0] ?? list.at(-1)?.[0];
}

/** A step as a variant changes it. */
export function stepInVariant(campaign: CampaignConfig, stepName: string, step: StepConfig, variant: string | undefined): StepConfig {
  const change = variant === undefined ? undefined : campaign.variants?.[variant]?.steps[stepName];
  return { ...step, ...(change?.email !== undefined && { email: change.email }), ...(change?.discount && { discount: change.discount }) };
}

/** Is the person in the share that this campaign, or no campaign, mails? */
export function isInHoldout({ holdout }: Pick<Config, 'holdout'>, name: string, campaign: Pick<CampaignConfig, 'holdout' | 'transactional'>, drawKey: string): boolean {
  if (campaign.transactional) return false;
  return isHeldOut(drawKey, holdout) || isHeldOut(drawKey, campaign.holdout, `holdout:${name}`);
}
