import { spawn } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../node_modules/aws-cdk/bin/cdk');

/** Runs the CDK's program with the terminal; @returns its exit code. */
export function runCdk(args: readonly string[], environment: Record<string, string>): Promise<number> {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit', env: { ...process.env, ...environment } });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
