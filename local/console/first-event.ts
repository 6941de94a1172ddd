import type { Config } from '../../lambdas/schemas/config.ts';

/** A person who agrees to emails, and an event that makes something of them. */
export interface FirstEvent {
  traits: Record<string, unknown>;
  event: string;
  properties: Record<string, unknown>;
  /** Title of the campaign that the event starts. */
  campaign?: string;
}

/** From the config alone, so that it fits any shop: the first campaign that an event starts, else the first event that scores. */
export function firstEventOf({ campaigns, scores, conversions, consent, traits, products, sender }: Config): FirstEvent {
  const samples = (values: Config['traits']) => Object.fromEntries(Object.entries(values).map(([name, { sample }]) => [name, sample]));
  const person = { email: 'ada@example.com', firstName: 'Ada', ...(consent.trait !== null && { [consent.trait]: true }), ...samples(traits) };
  const started = Object.values(campaigns).find(({ entry }) => 'event' in entry);
  const event = started && 'event' in started.entry ? started.entry.event : (Object.values(scores).flatMap(({ points }) => Object.keys(points))[0] ?? conversions[0] ?? 'signed_up');
  const isOfProduct = products !== undefined && Object.values(products).includes(event);
  const product = { product_id: 'emma', name: 'Emma', price: 12.9, currency: 'EUR', url: new URL('/emma', sender.siteUrl).href };
  return {
    traits: person,
    event,
    properties: { ...(isOfProduct && product), ...(started?.keyProperty !== undefined && { [started.keyProperty]: '1' }), ...samples(started?.entryProperties ?? {}) },
    ...(started && { campaign: started.title }),
  };
}
