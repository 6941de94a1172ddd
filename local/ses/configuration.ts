import type { Resolver } from '../step-functions/intrinsics.ts';

/** What the runtime needs of a configuration set. */
export interface ConfigurationSet {
  /** Event types in lower case that go to EventBridge. */
  publishes: ReadonlySet<string>;
  /** Are messages to addresses with earlier bounces and complaints held back? */
  suppresses: boolean;
}

interface DestinationProperties {
  ConfigurationSetName: string;
  EventDestination: { Enabled?: boolean; EventBridgeDestination?: object; MatchingEventTypes: string[] };
}

/** @returns the template's configuration sets by name */
export function readConfigurationSets(resolver: Resolver): Map<string, ConfigurationSet> {
  const destinations = resolver
    .idsOf('AWS::SES::ConfigurationSetEventDestination')
    .map((id) => resolver.properties<DestinationProperties>(id));
  return new Map(
    resolver.idsOf('AWS::SES::ConfigurationSet').map((id) => {
      const name = resolver.ref(id);
      const { SuppressionOptions } = resolver.properties<{ SuppressionOptions?: { SuppressedReasons?: string[] } }>(id);
      const types = destinations
        .filter(({ ConfigurationSetName: of, EventDestination: to }) => of === name && to.Enabled !== false && to.EventBridgeDestination)
        .flatMap(({ EventDestination }) => EventDestination.MatchingEventTypes.map((type) => type.toLowerCase()));
      // Without it, the account's setting applies, which is on for new accounts.
      return [name, { publishes: new Set(types), suppresses: SuppressionOptions?.SuppressedReasons?.length !== 0 }];
    }),
  );
}
