import { initialThresholds, thresholdsInForce } from '../domain/rules/thresholds.ts';
import type { Thresholds } from '../domain/rules/compile.ts';
import type { Config } from '../schemas/config.ts';
import type { Model } from '../schemas/model.ts';
import type { ControlStore } from './control-store.ts';

/** The calibrated thresholds in force, and the classifier's model where the config lets one decide. */
export interface InForce {
  thresholds: Thresholds;
  thresholdsVersion: number;
  model?: Model | undefined;
}

export interface ThresholdSource {
  current(): Promise<InForce>;
}

/** Thresholds by version; a running workflow keeps the version that it started with. */
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

/** What is in force, read at most once a minute; it changes once a month. */
export function createThresholdSource(control: Pick<ControlStore, 'thresholds' | 'model'>, config: Config, now: () => number): ThresholdSource {
  let known: InForce = { thresholds: initialThresholds(config), thresholdsVersion: 0 };
  let readAtMs = -Infinity;
  return {
    async current() {
      if (now() - readAtMs >= freshForMs) {
        const [record, model] = await Promise.all([control.thresholds(), config.classifier?.mode === 'when-better' ? control.model() : undefined]);
        known = { thresholds: thresholdsInForce(config, record), thresholdsVersion: record?.version ?? 0, model };
        readAtMs = now();
      }
      return known;
    },
  };
}
