import type { Config } from '../../lambdas/schemas/config.ts';
import type { ShownValue } from '../../lambdas/schemas/shown-value.ts';
import { compileEmails, type EmailSource } from './compiler.ts';

/** What the config says of an email: the values that it may show, and whether there are products. */
export interface EmailContext {
  person: Readonly<Record<string, ShownValue>>;
  entry: Readonly<Record<string, ShownValue>>;
  hasProducts: boolean;
  logo?: Config['brand']['logo'];
}

/** Every email below a directory, compiled, with a sample that has the declared values. @throws Error naming the email */
export async function emailSources(directory: string, config: Config): Promise<Record<string, EmailSource>> {
  const sources = await compileEmails(directory, config.brand);
  return Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, { ...source, sample: filledSample(source.sample, contextOf(config, campaignsWith(config, name)[0])) }]));
}

/** The campaigns whose steps or variants send an email. */
export function campaignsWith({ campaigns }: Config, email: string): string[] {
  const sends = ({ steps, variants = {} }: Config['campaigns'][string]) =>
    [...Object.values(steps), ...Object.values(variants).flatMap((variant) => Object.values(variant.steps))].some((step) => step.email === email);
  return Object.entries(campaigns).flatMap(([name, campaign]) => (sends(campaign) ? [name] : []));
}

export function contextOf({ traits, campaigns, products, brand }: Config, campaign: string | undefined): EmailContext {
  const entry = campaign === undefined ? {} : (campaigns[campaign]?.entryProperties ?? {});
  return { person: traits, entry, hasProducts: products !== undefined, ...(brand.logo && { logo: brand.logo }) };
}

/** A sample, with the samples of declared values, which the config has. What is no sample stays as it is. */
export function filledSample(sample: unknown, { person, entry, logo }: EmailContext): unknown {
  if (typeof sample !== 'object' || sample === null) return sample;
  const own = sample as { person?: object; brand?: object };
  return { ...own, ...(own.brand && { brand: { ...own.brand, ...(logo && { logo }) } }), person: { ...samplesOf(person), ...own.person }, entry: samplesOf(entry) };
}

const samplesOf = (values: EmailContext['person']) => Object.fromEntries(Object.entries(values).map(([name, { sample }]) => [name, sample]));
