import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}

/** What `cdk synth` wrote, as far as the runtime reads it. */
export interface Template {
  stackName: string;
  resources: Record<string, Resource>;
  parameters: Record<string, { Default?: unknown }>;
  conditions: Record<string, unknown>;
  mappings: Record<string, Record<string, Record<string, unknown>>>;
  /** Folder of an asset, by the object key under which a deployment would upload it. */
  assetFolders: ReadonlyMap<string, string>;
}

export interface LoadedTemplate extends Template {
  /** The whole of it, as it was written. */
  text: string;
}

interface AssetsFile {
  files: Record<string, { source: { path: string; packaging: string }; destinations: Record<string, { objectKey: string }> }>;
}

const suffix = '.template.json';

/**
 * Reads the template and the assets of the one stack in a folder.
 * @throws Error when there is no template or more than one
 */
export function loadTemplate(folder: string): LoadedTemplate {
  const found = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(suffix)) : [];
  if (found.length !== 1)
    throw new Error(`${folder}: expected the template of one stack, found ${found.join(', ') || 'none'}; run \`npx cdk synth\``);
  const stackName = found[0]!.slice(0, -suffix.length);
  const text = readFileSync(join(folder, found[0]!), 'utf8');
  const raw = JSON.parse(text) as Record<string, never>;
  const assets = JSON.parse(readFileSync(join(folder, `${stackName}.assets.json`), 'utf8')) as AssetsFile;
  const assetFolders = new Map<string, string>();
  for (const { source, destinations } of Object.values(assets.files)) {
    for (const { objectKey } of Object.values(destinations)) assetFolders.set(objectKey, join(folder, source.path));
  }
  const resources: Template['resources'] = {};
  for (const [id, resource] of Object.entries<Resource>(raw.Resources ?? {}))
    resources[id] = { Type: resource.Type, Properties: resource.Properties ?? {} };
  return {
    stackName,
    text,
    resources,
    parameters: raw.Parameters ?? {},
    conditions: raw.Conditions ?? {},
    mappings: raw.Mappings ?? {},
    assetFolders,
  };
}
