import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { UsageError } from '../simulate/errors.ts';
import { presets, type Preset, type Sender } from './options.ts';

const examples = join(import.meta.dirname, '../../examples');
/** Where a shop's own files are, in the project and in each example. */
const parts = ['segue.config.ts', 'emails', 'statemachines', 'events.jsonl'];

/** The sender of an example, in whose place the owner's is put. */
const senderOf: Record<Preset, Sender> = {
  bookstore: { name: 'Lantern Books', address: 'hello@lanternbooks.example', postalAddress: 'Lantern Books, 12 Harbour Street, 20457 Hamburg, Germany', siteUrl: 'https://lanternbooks.example' },
  saas: { name: 'Plainboard', address: 'hello@plainboard.example', postalAddress: 'Plainboard GmbH, 4 Canal Row, 10999 Berlin, Germany', siteUrl: 'https://plainboard.example' },
  content: { name: 'The Slow Wire', address: 'hello@slowwire.example', postalAddress: 'The Slow Wire, 9 Mill Lane, 50668 Köln, Germany', siteUrl: 'https://slowwire.example' },
};

/**
 * Writes a shop into the project's folder; its emails are still to be compiled.
 * @returns the files, relative to the folder
 * @throws UsageError when a shop is there and `force` is not given
 */
export function writeShop(root: string, preset: Preset, sender: Sender, force: boolean): string[] {
  const own = ownFiles(root);
  if (own.length > 0 && !force) throw new UsageError(`${own.slice(0, 3).join(', ')}${own.length > 3 ? ` and ${own.length - 3} more` : ''}: there already; --force replaces the shop`);
  const example = join(examples, preset);
  const files = parts.flatMap((part) => filesBelow(example, part)).filter((file) => file !== 'emails/compiled.json');
  const contents = files.map((file) => [file, adapted(file, readFileSync(join(example, file), 'utf8'), senderOf[preset], sender)] as const);
  for (const part of parts) rmSync(join(root, part), { recursive: true, force: true });
  for (const [file, text] of contents) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return files;
}

/** Files of a shop that somebody has written: all but a reference to an example, and copies of what examples have. */
function ownFiles(root: string): string[] {
  return parts.flatMap((part) => filesBelow(root, part)).filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    if (file === 'segue.config.ts') return !/^export \{ default \} from '\.\/examples\//m.test(text);
    return !presets.some((preset) => existsSync(join(examples, preset, file)) && readFileSync(join(examples, preset, file), 'utf8') === text);
  });
}

function filesBelow(root: string, part: string): string[] {
  const path = join(root, part);
  if (!existsSync(path)) return [];
  if (extname(part) !== '') return [part];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1).replaceAll('\\', '/'))
    .sort();
}

/** The text with the owner's sender in the place of the example's. */
function adapted(file: string, text: string, from: Sender, to: Sender): string {
  const host = (url: string) => new URL(url).hostname;
  const replacements: [string, string][] = [
    [from.postalAddress, to.postalAddress],
    [from.address, to.address],
    [from.siteUrl, to.siteUrl],
    [host(from.siteUrl), host(to.siteUrl)],
    [from.name, to.name],
  ];
  const found = new RegExp(replacements.map(([one]) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
  const replaced = text.replace(found, (one) => escapedFor(file, replacements.find(([before]) => before === one)![1]));
  if (file !== 'segue.config.ts') return replaced;
  return replaced
    .replace("'../../lambdas/schemas/define-config.ts'", "'./lambdas/schemas/define-config.ts'")
    .replace(/^\/\*\* An example of .*\*\/$|^\/\*\* The example shop.*\*\/$/m, '/** What you edit, with emails/ and statemachines/. docs/campaigns.md and docs/reference.md say what there is. */');
}

/** As it stands in a text of the file: between single quotes, or in JSON. */
const escapedFor = (file: string, text: string): string => (file.endsWith('.ts') ? text.replace(/[\\']/g, '\\$&') : JSON.stringify(text).slice(1, -1));
