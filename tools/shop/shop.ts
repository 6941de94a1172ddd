import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { CompiledEmails } from '../../lambdas/schemas/email.ts';
import { ShopError } from './errors.ts';
import { problemsOfImport } from './import-problems.ts';

const root = join(import.meta.dirname, '../..');

/** What an owner edits: a config, and beside it the folders of its emails and its state machines. */
export interface Shop {
  config: Config;
  /** Folder of `segue.config.ts`. */
  folder: string;
  emailsDir: string;
  definitionFolder: string;
}

/**
 * Reads the config of a shop.
 * @param folder relative to the project; the owner's shop is the project's own folder
 * @throws ShopError with one line for each thing to change
 */
export async function loadShop(folder = '.'): Promise<Shop> {
  const directory = resolve(root, folder);
  const file = join(directory, 'segue.config.ts');
  if (!existsSync(file)) throw new ShopError([`${nameOf(file)}: there is no such file; npm run init makes one`]);
  const module = await importConfig(file);
  // A config may refer to that of another folder; what is not beside it is there.
  const referred = module.shopFolder === undefined ? directory : resolve(directory, module.shopFolder);
  const folderOf = (name: string) => (existsSync(join(directory, name)) ? join(directory, name) : join(referred, name));
  return { config: module.default, folder: directory, emailsDir: folderOf('emails'), definitionFolder: folderOf('statemachines') };
}

/** The compiled emails of a shop. @throws ShopError when they have not been compiled */
export function readCompiled({ emailsDir }: Pick<Shop, 'emailsDir'>): CompiledEmails {
  const file = join(emailsDir, 'compiled.json');
  if (!existsSync(file)) throw new ShopError([`${nameOf(file)}: there is no such file; npm run emails writes it`]);
  return JSON.parse(readFileSync(file, 'utf8')) as CompiledEmails;
}

/** A path as the owner sees it. */
export const nameOf = (path: string): string => relative(root, path) || '.';

async function importConfig(file: string): Promise<{ default: Config; shopFolder?: string }> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: Config; shopFolder?: string };
    if (module.default === undefined) throw new ShopError([`${nameOf(file)}: has no default export; it must export what defineConfig takes`]);
    return { ...module, default: module.default };
  } catch (error) {
    throw error instanceof ShopError ? error : new ShopError(problemsOfImport(nameOf(file), error));
  }
}
