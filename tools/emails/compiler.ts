import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import mjml2html, { type Node } from 'mjml';
import { problemOfFile } from './problem.ts';
import { sourceHash } from './source-hash.ts';
import { knownLocale } from '../../lambdas/domain/locale.ts';
import { defaultBrand, type Brand } from '../../lambdas/schemas/brand.ts';
import type { CompiledEmail, CompiledTexts } from '../../lambdas/schemas/email.ts';

/** One folder below emails/. */
export interface EmailSource {
  compiled: CompiledEmail;
  /** Content of sample.json, not yet checked. */
  sample: unknown;
}

/**
 * Compiles every email below a directory; folders that start with `_` are shared parts. The same sources
 * give the same bytes.
 * @throws EmailProblem naming the file whose MJML or JSON is not valid, that is missing, or whose language is not complete
 */
export async function compileEmails(directory: string, brand: Brand = defaultBrand): Promise<Record<string, EmailSource>> {
  const names = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map((entry) => entry.name)
    .sort();
  const sources: Record<string, EmailSource> = {};
  for (const name of names) sources[name] = await compileEmail(directory, brand, name);
  return sources;
}

/** Text of emails/compiled.json. */
export function compiledText(sources: Record<string, EmailSource>): string {
  const compiled = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, source.compiled]));
  return `${JSON.stringify(compiled, null, 2)}\n`;
}

async function compileEmail(directory: string, brand: Brand, name: string): Promise<EmailSource> {
  const folder = join(directory, name);
  const from = async <T>(file: string, make: (path: string) => T | Promise<T>): Promise<T> => {
    try {
      return await make(join(folder, file));
    } catch (error) {
      throw problemOfFile(directory, join(name, file), error);
    }
  };
  const texts = async (locale: string): Promise<CompiledTexts> => {
    const file = filesOf(locale);
    return { subject: await from(file.subject, readText), html: await from(file.html, (path) => compileMjml(directory, brand, path)), text: await from(file.text, readText) };
  };
  const compiled = await texts('');
  const locales: Record<string, CompiledTexts> = {};
  for (const locale of await from('', localesIn)) locales[locale] = await texts(locale);
  return {
    compiled: { ...compiled, ...(Object.keys(locales).length > 0 && { locales }), sourceHash: sourceHash(directory, brand, name) },
    sample: await from('sample.json', (path) => JSON.parse(readText(path)) as unknown),
  };
}

const readText = (path: string): string => readFileSync(path, 'utf8');

/** The files of an email's texts: `email.mjml` in its own language, `email.de.mjml` in German. */
export function filesOf(locale: string): Record<keyof CompiledTexts, string> {
  const infix = locale === '' ? '' : `.${locale}`;
  return { subject: `subject${infix}.liquid`, html: `email${infix}.mjml`, text: `text${infix}.liquid` };
}

/**
 * Languages of the files beside the email's own, such as `de` of `subject.de.liquid`.
 * @throws Error when a name is no language, or a language does not have all three files
 */
function localesIn(folder: string): string[] {
  const files = readdirSync(folder);
  const infixes = files.flatMap((file) => /^(?:email|subject|text)\.(.+)\.(?:mjml|liquid)$/.exec(file)?.[1] ?? []);
  return [...new Set(infixes)].sort().map((locale) => {
    if (knownLocale(locale).toLowerCase() !== locale)
      throw new Error(`${JSON.stringify(locale)} in a file's name must be a language in lower case, such as de or pt-br`);
    const missing = Object.values(filesOf(locale)).filter((file) => !files.includes(file));
    if (missing.length > 0) throw new Error(`the language ${locale} has no ${missing.join(' and no ')}`);
    return locale;
  });
}

async function compileMjml(directory: string, brand: Brand, file: string): Promise<string> {
  const { html, json } = await mjml2html(readFileSync(file, 'utf8'), {
    // Also of every file that is included. MJML checks colours and sizes, so these cannot wait until the email is filled.
    preprocessors: [(mjml: string) => withBrand(mjml, brand)],
    filePath: file,
    actualPath: file,
    includePath: directory,
    ignoreIncludes: false,
    validationLevel: 'strict',
    keepComments: false,
    minify: true,
    minifyOptions: { minifyCss: false },
    fonts: {},
  });
  const failed = failedIncludes(json);
  if (failed.length > 0) throw new Error(failed.join('; '));
  return html;
}

/** The look of the brand, put in: `{{ brand.colors.accent }}`, `{{ brand.darkColors.text }}`, `{{ brand.font }}`. */
function withBrand(mjml: string, { colors, darkColors, font }: Brand): string {
  const palettes: Record<string, Record<string, string>> = { colors, darkColors };
  return mjml
    .replace(/\{\{\s*brand\.(colors|darkColors)\.(\w+)\s*\}\}/g, (text, palette: string, name: string) => palettes[palette]?.[name] ?? text)
    .replace(/\{\{\s*brand\.font\s*\}\}/g, font);
}

/** Even strict validation lets an include pass that cannot be read, and leaves a comment in its place. */
function failedIncludes(node: Node): string[] {
  const place = `${basename(dirname(node.absoluteFilePath))}/${basename(node.absoluteFilePath)}:${node.line}`;
  const own = (node.errors ?? []).length > 0 ? [`mj-include at ${place} names a file that is not there, or not below emails/`] : [];
  return [...own, ...(node.children ?? []).flatMap(failedIncludes)];
}
