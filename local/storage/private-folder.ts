import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * Makes a folder that its owner alone can enter, or takes the rights of others from one that is there. What this process and its
 * children write from now on is the owner's alone, too: copies of a file keep its rights, wherever they go.
 */
export function ensurePrivateFolder(path: string): void {
  // Node's workers share the setting of their process, and may not change it.
  if (isMainThread) process.umask(0o077);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
}
