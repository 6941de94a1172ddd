import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs the CDK app as `cdk synth` does, with the context of cdk.json, but without the CDK's own program and without its check of
 * the template against CloudFormation's schemas: together they take longer than all the rest.
 * @param shop folder of the shop, relative to the root
 * @throws Error with what the app printed when it fails
 */
export async function synthesise(root: string, outputFolder: string, shop = '.'): Promise<void> {
  const { app, context = {} } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { app: string; context?: object };
  const [, ...args] = app.split(' ');
  // The program that runs this one, and not the `node` on the path, which may be too old for TypeScript.
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { CDK_VALIDATION: 'false', ...process.env, CDK_OUTDIR: outputFolder, CDK_CONTEXT_JSON: JSON.stringify({ ...context, shop, local: true }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the CDK app (${app}) failed:\n${output.trim()}`);
}
