import { join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { CompiledEmails } from '../../lambdas/schemas/email.ts';
import { envSchemas, type Stage } from '../../lambdas/schemas/env.ts';

/** Where a function's code comes from; tests put a fixture in its place. */
export type CodeOf = (stage: Stage) => Code;

/** What of a shop goes into functions. */
export interface BundledShop {
  config: Config;
  emails: CompiledEmails;
}

const root = join(import.meta.dirname, '../..');

/**
 * Bundles all functions in one esbuild call, which is several times faster than one call each. The output depends on the
 * sources alone, so an unchanged function keeps its asset hash and is not deployed again.
 * @param shop its config takes the place of segue.config.ts: it has been checked, and functions need not carry the checks along
 * @param outputFolder gets one folder per function
 * @returns the asset of each function
 * @throws Error with esbuild's messages when an entry is missing or does not build
 */
export async function bundle(shop: BundledShop, outputFolder: string): Promise<CodeOf> {
  const stages = Object.keys(envSchemas) as Stage[];
  await build({
    ...bundleSettings(shop),
    entryPoints: stages.map((stage) => ({ in: `lambdas/${stage}/index.ts`, out: `${stage}/index` })),
    outdir: outputFolder,
    outExtension: { '.js': '.mjs' },
  });
  return (stage) => Code.fromAsset(join(outputFolder, stage));
}

/** How functions are bundled, whichever they are. */
export function bundleSettings(shop: BundledShop) {
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
    plugins: [withShop(shop)],
    // Packages that are still CommonJS call require(), which an ES module does not have.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  } as const satisfies BuildOptions;
}

/** Puts the checked config and the compiled emails, as JSON, where the sources import them. */
function withShop({ config, emails }: BundledShop): Plugin {
  const json = (value: object) => () => ({ contents: JSON.stringify(value), loader: 'json' }) as const;
  return {
    name: 'shop',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]segue\.config\.ts$/ }, json(config));
      onLoad({ filter: /[\\/]send-email[\\/]compiled-emails\.ts$/ }, json(emails));
    },
  };
}
