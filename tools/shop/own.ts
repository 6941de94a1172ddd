import { endWithProblems } from './errors.ts';
import { loadShop } from './shop.ts';

/** The owner's shop. A command that cannot read it says why, and ends. */
export const ownShop = await loadShop().catch(endWithProblems);
export const { config } = ownShop;
