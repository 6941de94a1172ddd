import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { envSchemas, type Stage } from '../lambdas/schemas/env.ts';

/** Where a function's code comes from; tests put a fixture in its place. */
export type CodeOf = (stage: Stage) => Code;

const root = join(import.meta.dirname, '..');

/**
 * Bundles all functions in one esbuild call, which is several times faster than one call each. The output depends on the
 * sources alone, so an unchanged function keeps its asset hash and is not deployed again.
 * @param outputFolder gets one folder per function
 * @returns the asset of each function
 * @throws Error with esbuild's messages when an entry is missing or does not build
 */
export function bundle(outputFolder = join(root, '.build')): CodeOf {
  const stages = Object.keys(envSchemas) as Stage[];
  buildSync({
    absWorkingDir: root,
    entryPoints: stages.map((stage) => ({ in: `lambdas/${stage}/index.ts`, out: `${stage}/index` })),
    outdir: outputFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'error',
    // Packages that are still CommonJS call require(), which an ES module does not have.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  return (stage) => Code.fromAsset(join(outputFolder, stage));
}
