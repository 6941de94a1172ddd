import type { Profile } from '../../domain/profile/profile.ts';
import type { Loaded, ProfileStore } from './store.ts';

/**
 * The profile that a person's decisions belong to: an anonymous visitor may have become known since a link was made for them. Where only a
 * web key says so, the link of a visitor decides nothing for somebody else.
 */
export async function wholeProfile(profiles: Pick<ProfileStore, 'load'>, userKey: string): Promise<Profile> {
  return (await wholePerson(profiles, userKey, false)).profile;
}

/** The same with what emails are filled from, such as the language of the person. */
export async function wholePerson(profiles: Pick<ProfileStore, 'load'>, userKey: string, withContent = true): Promise<Loaded> {
  const own = await profiles.load(userKey, withContent);
  return own.profile.mergedInto === undefined || own.profile.joinedByWeb ? own : profiles.load(own.profile.mergedInto, withContent);
}
