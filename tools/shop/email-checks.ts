import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { CompiledEmail, CompiledEmails } from '../../lambdas/schemas/email.ts';
import { checkEmail } from '../emails/checks.ts';
import { filesOf, type EmailSource } from '../emails/compiler.ts';
import { sourceHash } from '../emails/source-hash.ts';
import { campaignsWith, contextOf } from '../emails/sources.ts';
import { nameOf } from './shop.ts';

/** The step, or the variant of a step, that sends an email. */
interface Use {
  path: string;
  email: string;
}

/** What is wrong with the emails that campaigns send, one line each. */
export function emailProblems(config: Config, emails: CompiledEmails, directory: string): string[] {
  const uses = usesIn(config);
  const missing = uses.filter(({ email }) => !Object.hasOwn(emails, email)).map((use) => missingEmail(use, emails, directory));
  const names = [...new Set(uses.map(({ email }) => email))].filter((name) => Object.hasOwn(emails, name));
  return [...missing, ...names.flatMap((name) => problemsOf(config, name, emails[name]!, directory, uses.find(({ email }) => email === name)!.path))];
}

/** Folders that no step sends. */
export function unusedEmails(config: Config, emails: CompiledEmails, directory: string): string[] {
  const used = new Set(usesIn(config).map(({ email }) => email));
  return Object.keys(emails).filter((name) => !used.has(name)).map((name) => `${nameOf(join(directory, name))}: no step sends this email`);
}

function usesIn({ campaigns }: Config): Use[] {
  return Object.entries(campaigns).flatMap(([campaign, { steps, variants = {} }]) => [
    ...Object.entries(steps).map(([step, { email }]) => ({ path: `campaigns.${campaign}.steps.${step}.email`, email })),
    ...Object.entries(variants).flatMap(([variant, change]) =>
      Object.entries(change.steps).flatMap(([step, { email }]) => (email === undefined ? [] : [{ path: `campaigns.${campaign}.variants.${variant}.steps.${step}.email`, email }])),
    ),
  ]);
}

function missingEmail({ path, email }: Use, emails: CompiledEmails, directory: string): string {
  const folder = join(directory, email);
  if (existsSync(folder)) return `${nameOf(folder)}: has not been compiled: run npm run emails`;
  return `${path}: ${JSON.stringify(email)}: must be one of ${Object.keys(emails).join(', ') || `the folders below ${nameOf(directory)}, of which there is none`}`;
}

function problemsOf(config: Config, name: string, compiled: CompiledEmail, directory: string, path: string): string[] {
  const { languages, brand } = config;
  const folder = join(directory, name);
  if (!existsSync(folder)) return [`${nameOf(folder)}: there is no such folder, although ${path} names it`];
  if (compiled.sourceHash !== sourceHash(directory, brand, name)) return [`${nameOf(folder)}: was changed since it was compiled: run npm run emails`];
  const written = Object.keys(compiled.locales ?? {});
  const source = sourceOf(folder, compiled);
  if (typeof source === 'string') return [source];
  return [
    ...languages.slice(1).filter((language) => !written.includes(language)).map((language) => `${path}: ${JSON.stringify(name)}: is not written in ${language}; ${nameOf(folder)} needs ${Object.values(filesOf(language)).join(', ')}`),
    ...written.filter((language) => !languages.slice(1).includes(language)).map((language) => `${nameOf(join(folder, filesOf(language).html))}: ${JSON.stringify(language)} is none of languages (${languages.join(', ')}): add it there, or delete ${Object.values(filesOf(language)).join(', ')} and run npm run emails`),
    // Each campaign has its own properties of the entry.
    ...new Set(campaignsWith(config, name).flatMap((campaign) => checkEmail(name, source, contextOf(config, campaign)).map((problem) => `${nameOf(directory)}/${problem}`))),
    ...placeholdersIn(compiled).map((line) => `${nameOf(folder)}: ${JSON.stringify(line)}: is a placeholder; write the text in its place`),
  ];
}

function sourceOf(folder: string, compiled: CompiledEmail): EmailSource | string {
  const file = join(folder, 'sample.json');
  try {
    return { compiled, sample: JSON.parse(readFileSync(file, 'utf8')) };
  } catch (error) {
    return `${nameOf(file)}: ${existsSync(file) ? (error as Error).message.split('\n')[0] : 'there is no such file'}`;
  }
}

/** What `npm run new:campaign` writes where a text is to come. */
export const placeholder = /\bTODO\b[^<{\n]*/;

function placeholdersIn({ locales = {}, ...own }: CompiledEmail): string[] {
  const texts = [own, ...Object.values(locales)].flatMap(({ subject, html, text }) => [subject, html, text]);
  return [...new Set(texts.flatMap((text) => placeholder.exec(text)?.[0].trim() ?? []))];
}
