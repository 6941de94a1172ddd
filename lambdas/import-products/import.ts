import type { FeedCatalogue } from '../adapters/feed-catalogue.ts';
import { Groups } from '../domain/feed/groups.ts';
import { toFeedProduct, type FeedProduct } from '../domain/feed/product.ts';
import { FeedError, type FeedRecord } from '../domain/feed/record.ts';
import { feedHash, knownOf, type Known } from '../domain/feed/stored-product.ts';

export interface ImportOptions {
  records: AsyncIterable<FeedRecord[]>;
  catalogue: Pick<FeedCatalogue, 'products' | 'save' | 'withdraw'>;
  nowMs: number;
  /** Products that are not in this file stay as they are: it is one of several, or a part. */
  keepsOthers?: boolean;
  /** Withdraw also when it is most of the catalogue. */
  mayWithdrawMost?: boolean;
  isDryRun?: boolean;
  /** Waits until so many more writes may go. */
  pace?: (writes: number) => Promise<void>;
  onRejected?: (rejected: { line: number; id?: string; problem: string }) => void;
  onProgress?: (counts: Readonly<FeedCounts>) => void;
  /** Is told of every product that is read, such as to check where its links lead. */
  onProduct?: (product: FeedProduct) => void;
}

export interface FeedCounts {
  /** Items of the file, and how many of them cannot be used. */
  items: number;
  rejected: number;
  /** Products that were new or different. */
  written: number;
  unchanged: number;
  /** Products that are not in the file any more. */
  withdrawn: number;
  writeUnits: number;
}

export interface ImportedFeed extends FeedCounts {
  /** When sale prices of the feed change next. */
  changesAtMs?: number;
  /** So many would have been withdrawn, which is most of the catalogue: none was. */
  refusedToWithdraw?: number;
}

/** Calls under way at once. */
const writesAtOnce = 20;
/** A feed that has lost so much is rather cut off than sold out. */
const mostWithdrawn = { share: 0.5, few: 10 };

/**
 * Brings the catalogue to what a feed says: one write for each product that differs, none for the others. Products that an earlier feed had and this one has not
 * are withdrawn at the end, so a file that breaks off withdraws none. It may stop anywhere and be run again.
 * @throws FeedError when the file as a whole is no feed or holds no product
 */
export async function importFeed(options: ImportOptions): Promise<ImportedFeed> {
  const { records, catalogue, nowMs, isDryRun = false, pace = async () => {}, onRejected = () => {}, onProgress = () => {}, onProduct = () => {} } = options;
  const known = new Map<string, Known>();
  for await (const page of catalogue.products()) for (const { id, ...stored } of page) known.set(id, knownOf(stored));

  const counts: FeedCounts = { items: 0, rejected: 0, written: 0, unchanged: 0, withdrawn: 0, writeUnits: 0 };
  const seen = new Set<string>();
  const groups = new Groups();
  let changesAtMs = Infinity;
  let open: (() => Promise<number>)[] = [];
  const flush = async () => {
    const writes = open;
    open = [];
    if (writes.length === 0) return;
    if (!isDryRun) {
      await pace(writes.length);
      for (const units of await Promise.all(writes.map((write) => write()))) counts.writeUnits += units;
    }
    onProgress(counts);
  };
  const write = async (call: () => Promise<number>) => {
    open.push(call);
    if (open.length >= writesAtOnce) await flush();
  };
  const keep = async (product: FeedProduct) => {
    const { id, details } = product;
    changesAtMs = Math.min(changesAtMs, product.changesAtMs ?? Infinity);
    if (known.get(id)?.hash === feedHash(details)) counts.unchanged += 1;
    else {
      counts.written += 1;
      await write(() => catalogue.save(id, details, nowMs));
    }
  };

  for await (const page of records) {
    for (const record of page) {
      counts.items += 1;
      const product = toFeedProduct(record, nowMs);
      const reject = (problem: string) => {
        counts.rejected += 1;
        onRejected({ line: record.line, ...(product.id !== undefined && { id: product.id }), problem });
      };
      if ('problem' in product) {
        // It is in the feed, so it is still sold; what was known of it stays.
        if (product.id !== undefined) seen.add(product.id);
        reject(product.problem);
      } else if (seen.has(product.id)) reject(`id ${JSON.stringify(product.id)} is in the feed twice; the first one counts`);
      else {
        seen.add(product.id);
        groups.add(product);
        onProduct(product);
        await keep(product);
      }
    }
    onProgress(counts);
  }
  if (counts.items === counts.rejected) throw new FeedError(counts.items === 0 ? 'the feed has no items' : `none of the ${counts.items} items can be used`);
  for (const product of groups.products((id) => seen.has(id))) {
    seen.add(product.id);
    await keep(product);
  }
  const gone = options.keepsOthers ? [] : [...known].flatMap(([id, { isOffered }]) => (isOffered && !seen.has(id) ? [id] : []));
  const offered = [...known.values()].filter(({ isOffered }) => isOffered).length;
  const isTooMuch = gone.length > mostWithdrawn.few && gone.length > mostWithdrawn.share * offered && !options.mayWithdrawMost;
  for (const id of isTooMuch ? [] : gone) {
    counts.withdrawn += 1;
    await write(() => catalogue.withdraw(id, nowMs));
  }
  await flush();
  return { ...counts, ...(changesAtMs < Infinity && { changesAtMs }), ...(isTooMuch && { refusedToWithdraw: gone.length }) };
}
