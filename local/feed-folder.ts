import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

export interface FeedFolderDeps {
  /** Where the owner puts the feed. */
  folder: string;
  s3: Pick<S3Client, 'send'>;
  bucket: string;
  /** Below which the function looks for the newest object. */
  prefix: string;
  /** Runs the import. */
  invoke: () => Promise<unknown>;
  warn(message: string): void;
  everyMs?: number;
}

/** A file that was written less than so long ago may still grow. */
const restMs = 500;

/** What the upload of a feed to S3 is on AWS: a file in a folder goes into the feed's bucket, the newest one last, and is imported at once. */
export async function watchFeedFolder({ folder, s3, bucket, prefix, invoke, warn, everyMs = 2_000 }: FeedFolderDeps, signal: AbortSignal): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const seen = new Map<string, number>();
  while (!signal.aborted) {
    try {
      const changed = filesIn(folder).filter(({ name, changedMs }) => seen.get(name) !== changedMs && Date.now() - changedMs > restMs);
      for (const { name, changedMs } of changed) {
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${name}`, Body: readFileSync(join(folder, name)) }));
        seen.set(name, changedMs);
      }
      if (changed.length > 0) await invoke();
    } catch (error) {
      if (!signal.aborted) warn(`product feed: ${String(error)}`);
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

function filesIn(folder: string): { name: string; changedMs: number }[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => ({ name, changedMs: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => a.changedMs - b.changedMs);
}
