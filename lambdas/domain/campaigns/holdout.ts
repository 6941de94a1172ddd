import { unitHash } from '../hash.ts';

/**
 * Is the person in a holdout? A stable share of people, the same at any time.
 * @param share from 0 to 1
 * @param salt a different salt makes an independent choice
 */
export const isHeldOut = (userKey: string, share: number, salt = 'holdout'): boolean => share > 0 && unitHash(salt, userKey) < share;
