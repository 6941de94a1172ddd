import type { CampaignConfig, Config } from '../../schemas/config.ts';
import type { DomainEvent } from '../events/event.ts';
import { matches, valueAt, type Properties } from '../events/filters.ts';
import { cutText } from '../storable.ts';
import type { Dated } from './dated.ts';

/** The key of a campaign that keeps one workflow per person. */
export const noKey = '-';

/** The key that distinguishes two workflows of one person in one campaign. */
export function keyOf({ properties }: Pick<DomainEvent, 'properties'>, { keyProperty }: Pick<CampaignConfig, 'keyProperty'>): string {
  const value = keyProperty === undefined ? undefined : valueAt(properties, keyProperty);
  return typeof value === 'string' || typeof value === 'number' ? cutText(String(value), 100) : noKey;
}

interface Entry {
  campaign: string;
  key: string;
  entryAtMs: number;
}

export const entryId = ({ campaign, key, entryAtMs }: Entry): string => `${campaign}|${key}|${entryAtMs}`;

/** Longer texts are cut: no email shows more of one value. */
const maxTextLength = 300;

/** Does the event start a campaign whose emails show its properties? With a publishable key anybody can send one, in anybody's name. */
export function startsWithProperties(event: DomainEvent, config: Config): boolean {
  if (event.source === 'import' || (event.source === 'web' && !config.webKeys.mayIdentify)) return false;
  return showingCampaigns(config).has(event.name);
}

/** The declared properties of an event, for each campaign that it may start. */
export function entriesOf(event: DomainEvent, config: Config): Record<string, Dated & { value: Properties }> {
  const started = (showingCampaigns(config).get(event.name) ?? []).filter(([, { entry }]) => 'event' in entry && matches(entry.where, event.properties));
  return Object.fromEntries(
    started.map(([campaign, settings]) => {
      const given = Object.keys(settings.entryProperties).flatMap((name) => {
        const value = Object.hasOwn(event.properties, name) ? event.properties[name] : undefined;
        if (typeof value === 'string') return [[name, cutText(value, maxTextLength)]];
        return typeof value === 'number' || typeof value === 'boolean' ? [[name, value]] : [];
      });
      return [entryId({ campaign, key: keyOf(event, settings), entryAtMs: event.atMs }), { value: Object.fromEntries(given) as Properties, atMs: event.atMs }];
    }),
  );
}

type Showing = ReadonlyMap<string, [name: string, campaign: CampaignConfig][]>;
const known = new WeakMap<Config['campaigns'], Showing>();

/** Campaigns whose emails show properties, by the event that starts them; asked for every event, so they are looked for once. */
function showingCampaigns({ campaigns }: Config): Showing {
  let showing = known.get(campaigns);
  if (showing === undefined) {
    const found = new Map<string, [string, CampaignConfig][]>();
    for (const [name, campaign] of Object.entries(campaigns)) {
      if (!('event' in campaign.entry) || Object.keys(campaign.entryProperties).length === 0) continue;
      found.set(campaign.entry.event, [...(found.get(campaign.entry.event) ?? []), [name, campaign]]);
    }
    known.set(campaigns, (showing = found));
  }
  return showing;
}
