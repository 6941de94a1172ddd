import { basename } from 'node:path';

/**
 * Why a config could not be read, one line each: what defineConfig found, or the place of a mistake in the text of the file.
 * @param file as the owner sees it
 */
export function problemsOfImport(file: string, error: unknown): string[] {
  if (!(error instanceof Error)) return [`${file}: ${String(error)}`];
  // The config may have loaded another copy of the module that its error comes from, so `instanceof` would not do.
  if (error.name === 'ConfigError') return (error as Error & { problems: string[] }).problems.map((problem) => `${file}: ${problem}`);
  return [`${placeOf(file, error)}: ${error.name}: ${error.message.split('\n')[0]}`];
}

/** The line of the file that an error names: of a text that does not parse, in front of the stack, as Node writes it; of others, in it. */
function placeOf(file: string, { stack = '' }: Error): string {
  const line = new RegExp(`[/\\\\]${basename(file).replaceAll('.', '\\.')}:(\\d+)`).exec(stack)?.[1];
  return line === undefined ? file : `${file}:${line}`;
}
