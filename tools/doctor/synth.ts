import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { loadTemplate, type Template as LocalTemplate } from '../../local/stack/template.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { Stage, Stages } from '../../lambdas/schemas/stages.ts';
import { addStack } from '../shop/stack.ts';
import type { Template } from './template.ts';

const root = join(import.meta.dirname, '../..');

/** What the CDK's program adds to the context. Paths in metadata go into the hash that names the API's deployment. */
const addedByProgram = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true, 'aws:cdk:disable-version-reporting': true };

/** The context in which the stage is synthesised: as `cdk deploy` has it; of the local runtime, as that has it. */
export function contextFor(context: { stage: string } | { local: true }): Record<string, unknown> {
  const { context: flags } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  return { ...flags, ...('stage' in context && addedByProgram), ...context };
}

export interface Wanted {
  template: Template;
  /** The same, as the local runtime reads it. */
  local: LocalTemplate;
  config: Config;
  stage: Stage;
}

/**
 * What this folder would deploy.
 * @param context names the stage, or says that it is for this machine
 */
export async function synthesiseWanted(stages: Stages, context: { stage: string } | { local: true }): Promise<Wanted> {
  // CloudFormation's schemas were looked at when it was deployed, and take longer than all the rest.
  process.env.CDK_VALIDATION ??= 'false';
  const outdir = mkdtempSync(join(tmpdir(), 'segue-doctor-'));
  try {
    const app = new App({ outdir, analyticsReporting: false, context: contextFor(context) });
    const { stack, stage, config } = await addStack(app, stages, join(outdir, 'functions'));
    app.synth();
    return { template: JSON.parse(readFileSync(join(outdir, stack.templateFile), 'utf8')) as Template, local: loadTemplate(outdir), config, stage };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
