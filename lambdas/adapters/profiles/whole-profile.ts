import type { Profile } from '../../domain/profile/profile.ts';
import type { ProfileStore } from './store.ts';

/** The profile that a person's decisions belong to: an anonymous visitor may have become known since a link was made for them. */
export async function wholeProfile(profiles: Pick<ProfileStore, 'load'>, userKey: string): Promise<Profile> {
  const { profile } = await profiles.load(userKey, false);
  return profile.mergedInto === undefined ? profile : (await profiles.load(profile.mergedInto, false)).profile;
}
