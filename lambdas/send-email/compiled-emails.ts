import type { CompiledEmails } from '../schemas/email.ts';

/** The compiled emails of the shop: the bundler (lib/parts/bundle.ts) puts them in the place of this file. */
const emails: CompiledEmails = {};
export default emails;
