import { existsSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../simulate/errors.ts';

type Flags = Record<string, { type: 'string' | 'boolean' }>;

export interface Arguments<F extends Flags> {
  values: { [name in keyof F]?: F[name]['type'] extends 'boolean' ? boolean : string };
  positionals: string[];
}

/** Flags by which a command finds the Segue that it works on; see {@link findTarget}. */
export const targetFlags = {
  local: { type: 'string' },
  stage: { type: 'string' },
  stream: { type: 'string' },
} as const satisfies Flags;

const defaultDataDir = '.segue';

/**
 * Reads a command line. The folder after `--local` may be left out; what follows is taken for it unless it is an option or a file.
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseArguments<F extends Flags>(argv: readonly string[], flags: F): Arguments<F> {
  const { values, positionals, tokens } = parseArgs({
    args: 'local' in flags ? withDataDir(argv) : [...argv],
    options: flags,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) {
      const names = Object.keys(flags).map((name) => `--${name}`);
      throw new UsageError(`unknown option ${token.rawName}; there are ${names.join(', ')}`);
    }
    if (flag.type === 'string' && (!token.value || (!token.inlineValue && token.value.startsWith('--'))))
      throw new UsageError(`${token.rawName} needs a value; see --help`);
    if (flag.type === 'boolean' && token.value !== undefined)
      throw new UsageError(`${token.rawName}: ${JSON.stringify(token.value)}: takes no value`);
  }
  return { values: values as Arguments<F>['values'], positionals };
}

function withDataDir(argv: readonly string[]): string[] {
  const at = argv.indexOf('--local');
  if (at < 0) return [...argv];
  const next = argv[at + 1];
  const isFolder = next !== undefined && !next.startsWith('-') && !(existsSync(next) && statSync(next).isFile());
  return [...argv.slice(0, at), `--local=${isFolder ? next : defaultDataDir}`, ...argv.slice(at + (isFolder ? 2 : 1))];
}

/** @throws UsageError unless the text is a whole number above 0 */
export function positiveInteger(flag: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${flag}: ${JSON.stringify(text)}: must be a whole number from 1 to 999999999`);
  return Number(text);
}
