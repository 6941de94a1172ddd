import type { Profile } from '../../domain/profile/profile.ts';
import type { Loaded, ProfileStore } from './profile-store.ts';

/**
 * The profile that a decision through a link belongs to: the anonymous visitor for whom the link was made may be known by now. If only a
 * web key joined the two, the visitor's link does not decide for the known person.
 */
export async function wholeProfile(profiles: Pick<ProfileStore, 'load'>, userKey: string): Promise<Profile> {
  return (await wholePerson(profiles, userKey, false)).profile;
}

/** The same, with the content item, which holds the person's language among others. */
export async function wholePerson(profiles: Pick<ProfileStore, 'load'>, userKey: string, withContent = true): Promise<Loaded> {
  const own = await profiles.load(userKey, withContent);
  return own.profile.mergedInto === undefined || own.profile.joinedByWeb ? own : profiles.load(own.profile.mergedInto, withContent);
}

/** Has somebody been erased who is not known since? Then nothing may be written under their key any more, such as a choice by an old link. */
export async function wasErased(profiles: Pick<ProfileStore, 'erasedAtMs'>, { userKey, version }: Pick<Profile, 'userKey' | 'version'>): Promise<boolean> {
  return version === 0 && (await profiles.erasedAtMs(userKey)) !== undefined;
}
