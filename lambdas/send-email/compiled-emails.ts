import type { CompiledEmails } from '../schemas/email.ts';

/** The compiled emails of the shop. The bundler (lib/parts/bundle.ts) replaces this file with them. */
const emails: CompiledEmails = {};
export default emails;
