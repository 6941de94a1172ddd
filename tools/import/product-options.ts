import { existsSync, statSync } from 'node:fs';
import { encodingNamed } from '../event-files/encoding.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const productHelp = `npm run import -- --products FILE [options]

Brings the catalogue to what a product feed says: titles, prices, links and pictures of products, as emails show them. Only what differs is written.

  FILE             CSV or TSV with a header, or XML (RSS 2.0 or Atom), with the attributes of Google's product data specification:
                   id, title, link, image_link, price, sale_price, sale_price_effective_date, availability, item_group_id, and author;
                   packed with gzip or not; - reads standard input
  --keep-others    products that are not in the file stay as they are; without it, those of an earlier feed count as not sold any more
  --withdraw-most  withdraw them also when they are more than half of the catalogue
  --encoding NAME  of the text (default: what the file says of itself, else utf-8)
  --local [DIR]    into the Segue that runs on this machine with this data folder (.segue)
  --stage NAME     into this deployment (dev), with the credentials and region of the environment
  --dry-run        only check the file, and count what would be written
  --help           show this text

Items that cannot be used are left out, and listed in FILE.rejected.jsonl. Exit codes: 0 done, 1 the file as a whole cannot be used or something failed, 2 wrong options.
docs/products.md says how to do it on a schedule.`;

const flags = {
  products: { type: 'string' },
  'keep-others': { type: 'boolean' },
  'withdraw-most': { type: 'boolean' },
  encoding: { type: 'string' },
  local: { type: 'string' },
  stage: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export interface ProductOptions {
  /** `-` is standard input. */
  file: string;
  keepsOthers: boolean;
  mayWithdrawMost: boolean;
  encoding?: string;
  where: { stage: string } | { dataDir: string };
  isDryRun: boolean;
}

/** Is a product feed to be imported, and no events? */
export const isProductImport = (argv: readonly string[]): boolean => argv.some((text) => text === '--products' || text.startsWith('--products='));

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseProductOptions(argv: readonly string[]): ProductOptions | 'help' {
  if (argv.includes('--help')) return 'help';
  const { values, positionals } = parseArguments(argv, flags);
  const { products: file = '' } = values;
  if (positionals.length > 0) throw new UsageError(`one file only: ${positionals.map((one) => JSON.stringify(one)).join(', ')} is too much`);
  if (file !== '-' && !existsSync(file)) throw new UsageError(`--products: ${file}: there is no such file`);
  if (file !== '-' && statSync(file).isDirectory()) throw new UsageError(`--products: ${file}: is a folder; it must be a file, or - for standard input`);
  if (values.local !== undefined && values.stage !== undefined) throw new UsageError('--local and --stage exclude each other');
  if (values['keep-others'] && values['withdraw-most']) throw new UsageError('--keep-others and --withdraw-most exclude each other');
  return {
    file,
    keepsOthers: values['keep-others'] ?? false,
    mayWithdrawMost: values['withdraw-most'] ?? false,
    ...(values.encoding !== undefined && { encoding: encodingNamed(values.encoding) }),
    where: values.local !== undefined ? { dataDir: values.local } : { stage: values.stage ?? 'dev' },
    isDryRun: values['dry-run'] ?? false,
  };
}
