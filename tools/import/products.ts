import { createReadStream, rmSync, statSync, writeFileSync } from 'node:fs';
import { createFeedCatalogue } from '../../lambdas/adapters/feed-catalogue.ts';
import { createPace } from '../../lambdas/adapters/pace.ts';
import { readFeed } from '../../lambdas/domain/feed/read-feed.ts';
import { importFeed, type ImportedFeed } from '../../lambdas/import-products/import.ts';
import { localTarget, stageTarget } from '../replay/target.ts';
import { config } from '../shop/own.ts';
import type { Progress } from '../simulate/progress.ts';
import { rejectedFileOf } from './journal.ts';
import { ForeignHosts } from './link-hosts.ts';
import type { ProductOptions } from './product-options.ts';

/** All products are of one kind, and so of one partition, which takes 1,000 writes a second. */
const writesPerSecond = 500;
const shownRejections = 10;

/** @returns the exit code */
export async function importProducts(options: ProductOptions, progress: Progress): Promise<number> {
  const { file, where, isDryRun, encoding, keepsOthers, mayWithdrawMost } = options;
  const { documents, controlTable, nowMs, kinesis, s3 } = await ('dataDir' in where ? localTarget(where.dataDir) : stageTarget(where.stage));
  const rejectedFile = rejectedFileOf(file);
  const hosts = new ForeignHosts(config.sender.linkHosts);
  let share: number | undefined;
  rmSync(rejectedFile, { force: true });
  try {
    const result = await importFeed({
      records: readFeed(bytesOf(file, (read) => (share = read)), encoding),
      catalogue: createFeedCatalogue(documents, controlTable),
      nowMs,
      isDryRun,
      keepsOthers,
      mayWithdrawMost,
      pace: createPace(writesPerSecond, Date.now),
      onProduct: (product) => hosts.look(product),
      onRejected: rejections(rejectedFile, isDryRun, progress),
      onProgress: ({ items, written }) => progress.show('products', share, `${items} items, ${written} ${isDryRun ? 'differ' : 'written'}`),
    });
    progress.done();
    for (const line of [...hosts.warnings(), ...summary(result, isDryRun, rejectedFile)]) console.log(line);
    return result.refusedToWithdraw === undefined ? 0 : 1;
  } finally {
    progress.done();
    for (const client of [documents, kinesis, s3]) client.destroy();
  }
}

function rejections(file: string, isDryRun: boolean, progress: Progress) {
  let count = 0;
  return (rejected: { line: number; id?: string; problem: string }) => {
    count += 1;
    if (!isDryRun) writeFileSync(file, `${JSON.stringify(rejected)}\n`, { flag: 'a' });
    if (count > shownRejections) return;
    progress.done();
    console.error(`line ${rejected.line}${rejected.id === undefined ? '' : `, ${rejected.id}`}: ${rejected.problem}${count === shownRejections ? '; more are not shown here' : ''}`);
  };
}

function summary({ items, rejected, written, unchanged, withdrawn, writeUnits, refusedToWithdraw }: ImportedFeed, isDryRun: boolean, rejectedFile: string): string[] {
  const lines = [
    isDryRun
      ? `${items} items: ${written} would be written, ${unchanged} are as they were, ${withdrawn} would be withdrawn`
      : `${items} items: ${written} written, ${unchanged} as they were, ${withdrawn} withdrawn; ${writeUnits} write units`,
  ];
  if (rejected > 0) lines.push(`${rejected} items cannot be used${isDryRun ? '' : `: see ${rejectedFile}`}`);
  if (refusedToWithdraw !== undefined) lines.push(`${refusedToWithdraw} products are not in the file any more, more than half of the catalogue: none was withdrawn. If that is right, run it again with --withdraw-most`);
  return lines;
}

async function* bytesOf(file: string, onShare: (share: number | undefined) => void): AsyncGenerator<Buffer> {
  const total = file === '-' ? undefined : statSync(file).size;
  let read = 0;
  for await (const chunk of (file === '-' ? process.stdin : createReadStream(file)) as AsyncIterable<Buffer>) {
    read += chunk.length;
    onShare(total === undefined ? undefined : read / total);
    yield chunk;
  }
}
