import type { App } from 'aws-cdk-lib';
import { checkStageName } from './names.ts';

/** What `cdk deploy -c name=value` can set. */
export interface Settings {
  /** Folder of the shop, relative to the project. */
  shop: string;
  stageName: string;
  shardCount: number;
  alarmEmail?: string;
}

/**
 * Reads the settings of a deployment: `shop` (the owner's), `stage` (dev), `shards` (1) and `alarmEmail` (none).
 * @throws Error naming the value and what is allowed
 */
export function readContext(app: App): Settings {
  const shop = String(app.node.tryGetContext('shop') ?? '.');
  const stageName = checkStageName(app.node.tryGetContext('stage') ?? 'dev');
  const shards: unknown = app.node.tryGetContext('shards') ?? 1;
  const shardCount = Number(shards);
  if (!Number.isInteger(shardCount) || shardCount < 1 || shardCount > 200) {
    throw new Error(`shards ${JSON.stringify(shards)}: must be a whole number from 1 to 200`);
  }
  const alarmEmail: unknown = app.node.tryGetContext('alarmEmail');
  if (alarmEmail !== undefined && !(typeof alarmEmail === 'string' && /^[^@\s]+@[^@\s]+$/.test(alarmEmail))) {
    throw new Error(`alarmEmail ${JSON.stringify(alarmEmail)}: must be an email address`);
  }
  return { shop, stageName, shardCount, ...(alarmEmail !== undefined && { alarmEmail }) };
}
