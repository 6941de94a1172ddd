import { configWarnings } from '../../lambdas/schemas/config-warnings.ts';
import type { CompiledEmails } from '../../lambdas/schemas/email.ts';
import { campaignProblems } from './campaign-checks.ts';
import { emailProblems, placeholder, unusedEmails } from './email-checks.ts';
import { ShopError } from './errors.ts';
import { machineProblems, unusedMachines } from './machine-checks.ts';
import { loadShop, readCompiled, type Shop } from './shop.ts';

/** A shop that has passed every check, with what goes into functions. */
export interface CheckedShop extends Shop {
  emails: CompiledEmails;
  /** What is allowed and yet probably a mistake. */
  warnings: string[];
}

/**
 * Reads a shop and checks it as a whole: before a start, in the tests and at synth. Nothing in here knows any particular shop.
 * @throws ShopError with one line for each thing to change: path, value, and what is allowed
 */
export async function checkedShop(folder = '.'): Promise<CheckedShop> {
  const shop = await loadShop(folder);
  const { config, emailsDir, definitionFolder } = shop;
  const emails = readCompiled(shop);
  const problems = [...placeholderProblems(config), ...campaignProblems(config), ...machineProblems(config, definitionFolder), ...emailProblems(config, emails, emailsDir)];
  if (problems.length > 0) throw new ShopError(problems);
  return { ...shop, emails, warnings: [...configWarnings(config), ...unusedMachines(config, definitionFolder), ...unusedEmails(config, emails, emailsDir)] };
}

function placeholderProblems(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === 'string') return placeholder.test(value) ? [`${path.join('.')}: ${JSON.stringify(value)}: is a placeholder; write your own in its place`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => placeholderProblems(inner, [...path, name]));
}
