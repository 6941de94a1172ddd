import type { ControlStore } from '../../lambdas/adapters/control-store.ts';
import type { ProfileStore } from '../../lambdas/adapters/profiles/profile-store.ts';
import { modelInForce, type TrainingRecord } from '../../lambdas/domain/classifier/training.ts';
import type { Model } from '../../lambdas/schemas/model.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';

/** Trainings as the control table holds them: a month's first counts, and an older one never comes back. */
export class MemoryTrainings {
  readonly made: TrainingRecord[] = [];
  readonly store: Pick<ControlStore, 'training' | 'saveTraining' | 'model'> = {
    training: async () => this.made.at(-1),
    saveTraining: async (record) => ((this.made.at(-1)?.month ?? '') < record.month ? this.made.push(record) > 0 : false),
    model: async () => modelInForce(this.made.at(-1)),
  };
}

/** Profiles by key, as they are when they are asked for. */
export const profilesOf = (profiles: () => readonly Profile[]): Pick<ProfileStore, 'loadMany'> => ({
  async loadMany(wanted) {
    const byKey = new Map(profiles().map((profile) => [profile.userKey, profile]));
    return new Map(wanted.map(({ userKey }) => [userKey, { profile: byKey.get(userKey) ?? emptyProfile(userKey), content: undefined }]));
  },
});

/** Says "above" of whoever looked at a product within a day or two, and "below" after four. */
export const recencyModel: Model = {
  month: '2026-02',
  threshold: 'engaged',
  intercept: 0,
  features: [{ name: 'recency:product_viewed', mean: Math.log(1 + 3), scale: 1, weight: -5 }],
  calibration: { slope: 1, offset: 0 },
  above: 0.7,
  below: 0.3,
};
