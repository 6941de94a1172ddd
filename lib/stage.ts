import type { App } from 'aws-cdk-lib';
import { defineStages, type Stage, type Stages } from '../lambdas/schemas/stages.ts';

/** The stage to synthesise, with its settings. */
export interface NamedStage extends Stage {
  stageName: string;
  /** Folder of the shop, relative to the project. */
  shop: string;
}

const movedToStages = ['shards', 'alarmEmail'];

/**
 * Picks the stage that the app is synthesised for: the context value `stage`, or `dev`. The local runtime asks for a stage
 * with nothing but defaults and a product feed, so that what runs locally depends on no deployment.
 * @throws Error naming the value and what is allowed
 */
export function readStage(app: App, stages: Stages): NamedStage {
  for (const name of movedToStages) {
    if (app.node.tryGetContext(name) !== undefined) throw new Error(`-c ${name}: is a field of the stage in stages.ts`);
  }
  const shop = String(app.node.tryGetContext('shop') ?? '.');
  if (app.node.tryGetContext('local') === true) return { shop, stageName: 'dev', ...defineStages({ dev: { productFeed: {} } }).dev! };
  const stageName: unknown = app.node.tryGetContext('stage') ?? 'dev';
  if (typeof stageName !== 'string' || !Object.hasOwn(stages, stageName)) {
    throw new Error(`stage ${JSON.stringify(stageName)}: must be one of ${Object.keys(stages).join(', ')}, which stages.ts describes`);
  }
  return { shop, stageName, ...stages[stageName]! };
}
