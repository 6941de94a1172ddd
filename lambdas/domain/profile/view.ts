import type { Config } from '../../schemas/config.ts';
import type { Model } from '../../schemas/model.ts';
import type { RuleView, Thresholds } from '../rules/compile.ts';
import { thresholdsOn } from '../rules/segments.ts';
import { drawKeyOf } from './draw.ts';
import type { Profile } from './profile.ts';
import { everything, hasLeft } from './unsubscribed.ts';

/** The moment of a decision: when it is, and which calibrated thresholds are in force, and which model, if any. */
export interface Moment {
  nowMs: number;
  thresholds: Thresholds;
  thresholdsVersion: number;
  model?: Model | undefined;
}

/** What rules may look at in a profile. */
export const viewOf = (plan: { config: Config }, profile: Profile, thresholdsOn: readonly string[] = profile.thresholdsOn): RuleView => ({
  userKey: drawKeyOf(profile),
  signals: profile.signals,
  scores: profile.scores,
  traits: profile.traits,
  thresholdsOn,
  mailable: isMailable(plan, profile),
  canBeMailed: canBeMailed(plan, profile),
  inSegment: profile.segment?.name,
});

/** What rules see of a profile at a moment. */
export const viewAt = (plan: { config: Config }, profile: Profile, { nowMs, thresholds }: Pick<Moment, 'nowMs' | 'thresholds'>): RuleView =>
  viewOf(plan, profile, thresholdsOn(plan.config, profile, nowMs, thresholds));

/** Would an email reach the person now, as far as the profile knows? */
const canBeMailed = (plan: { config: Config }, profile: Profile): boolean => profile.hasAddress?.value === true && isMailable(plan, profile);

/** May the person be mailed at all, as far as the profile knows? */
export function isMailable({ config }: { config: Config }, profile: Profile): boolean {
  return (config.consent.trait === null || profile.consent?.value === true) && !hasLeft(profile, everything);
}
