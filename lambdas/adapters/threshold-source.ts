import { initialThresholds, thresholdsInForce } from '../domain/thresholds.ts';
import type { Thresholds } from '../domain/rules.ts';
import type { Config } from '../schemas/config.ts';
import type { ControlStore } from './control-store.ts';

export interface ThresholdSource {
  current(): Promise<{ thresholds: Thresholds; thresholdsVersion: number }>;
}

/** Thresholds by version, as a running workflow keeps those that it started with. */
export interface PinnedThresholds {
  ofVersion(version: number): Promise<Thresholds>;
}

/** A version never changes, so each is read once. */
export function createPinnedThresholds(control: Pick<ControlStore, 'thresholdsOfVersion'>, config: Config): PinnedThresholds {
  const known = new Map<number, Thresholds>();
  return {
    async ofVersion(version) {
      const thresholds = known.get(version) ?? thresholdsInForce(config, version === 0 ? undefined : await control.thresholdsOfVersion(version));
      known.set(version, thresholds);
      return thresholds;
    },
  };
}

const freshForMs = 60_000;

/** The calibrated thresholds, read at most once a minute; they change once a month. */
export function createThresholdSource(control: Pick<ControlStore, 'thresholds'>, config: Config, now: () => number): ThresholdSource {
  let known = { thresholds: initialThresholds(config), thresholdsVersion: 0 };
  let readAtMs = -Infinity;
  return {
    async current() {
      if (now() - readAtMs >= freshForMs) {
        const record = await control.thresholds();
        known = { thresholds: thresholdsInForce(config, record), thresholdsVersion: record?.version ?? 0 };
        readAtMs = now();
      }
      return known;
    },
  };
}
