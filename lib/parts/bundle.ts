import { join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Config } from '../../lambdas/schemas/config.ts';
import { envSchemas, type Stage } from '../../lambdas/schemas/env.ts';

/** Where a function's code comes from; tests put a fixture in its place. */
export type CodeOf = (stage: Stage) => Code;

const root = join(import.meta.dirname, '../..');

/**
 * Bundles all functions in one esbuild call, which is several times faster than one call each. The output depends on the
 * sources alone, so an unchanged function keeps its asset hash and is not deployed again.
 * @param config takes the place of segue.config.ts: it has been checked, and functions need not carry the checks along
 * @param outputFolder gets one folder per function
 * @returns the asset of each function
 * @throws Error with esbuild's messages when an entry is missing or does not build
 */
export async function bundle(config: Config, outputFolder = join(root, '.build')): Promise<CodeOf> {
  const stages = Object.keys(envSchemas) as Stage[];
  await build({
    ...bundleSettings(config),
    entryPoints: stages.map((stage) => ({ in: `lambdas/${stage}/index.ts`, out: `${stage}/index` })),
    outdir: outputFolder,
    outExtension: { '.js': '.mjs' },
  });
  return (stage) => Code.fromAsset(join(outputFolder, stage));
}

/** How functions are bundled, whichever they are. */
export function bundleSettings(config: Config) {
  return {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'error',
    plugins: [withConfig(config)],
    // Packages that are still CommonJS call require(), which an ES module does not have.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  } as const satisfies BuildOptions;
}

/** Puts the checked config, as JSON, where the sources import segue.config.ts. */
function withConfig(config: Config): Plugin {
  return {
    name: 'config',
    setup: ({ onLoad }) => onLoad({ filter: /[\\/]segue\.config\.ts$/ }, () => ({ contents: JSON.stringify(config), loader: 'json' })),
  };
}
