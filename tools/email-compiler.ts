import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import mjml2html, { type Node } from 'mjml';
import type { CompiledEmail } from '../lambdas/schemas/email.ts';

export const emailsDir = join(import.meta.dirname, '../emails');
export const compiledFile = join(emailsDir, 'compiled.json');

/** One folder below emails/. */
export interface EmailSource {
  compiled: CompiledEmail;
  /** Content of sample.json, not yet checked. */
  sample: unknown;
}

/**
 * Compiles every email below a directory; folders that start with `_` are shared parts. The same sources
 * give the same bytes.
 * @throws Error naming the email when its MJML is not valid or a file is missing
 */
export async function compileEmails(directory: string): Promise<Record<string, EmailSource>> {
  const names = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map((entry) => entry.name)
    .sort();
  const sources: Record<string, EmailSource> = {};
  for (const name of names) sources[name] = await compileEmail(directory, name);
  return sources;
}

/** Text of emails/compiled.json. */
export function compiledText(sources: Record<string, EmailSource>): string {
  const compiled = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, source.compiled]));
  return `${JSON.stringify(compiled, null, 2)}\n`;
}

async function compileEmail(directory: string, name: string): Promise<EmailSource> {
  const read = (file: string) => readFileSync(join(directory, name, file), 'utf8');
  try {
    return {
      compiled: {
        subject: read('subject.liquid'),
        html: await compileMjml(directory, join(directory, name, 'email.mjml')),
        text: read('text.liquid'),
      },
      sample: JSON.parse(read('sample.json')),
    };
  } catch (error) {
    throw new Error(`email ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function compileMjml(directory: string, file: string): Promise<string> {
  const { html, json } = await mjml2html(readFileSync(file, 'utf8'), {
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

/** Even strict validation lets an include pass that cannot be read, and leaves a comment in its place. */
function failedIncludes(node: Node): string[] {
  const place = `${basename(dirname(node.absoluteFilePath))}/${basename(node.absoluteFilePath)}:${node.line}`;
  const own = (node.errors ?? []).length > 0 ? [`mj-include at ${place} names a file that is not there, or not below emails/`] : [];
  return [...own, ...(node.children ?? []).flatMap(failedIncludes)];
}
