import { existsSync } from 'node:fs';
import { fileFlags, fileHelp, parseFileOptions, type FileOptions } from '../event-files/options.ts';
import { parseArguments } from '../stream/arguments.ts';
import { UsageError } from './errors.ts';
import { parseTimeMs, timeForms } from './times.ts';

export const help = `npm run simulate -- FILE [options]

Replays a file of events in virtual time under the rules of the config, without AWS, and shows who would have been
in which segment, which workflows would have started and which emails would have gone.

${fileHelp}
  --config FILE    the configuration (default segue.config.ts): a module or JSON
  --at TIME        where the simulation ends (default: the last event)
  --user ID        why this person is in their segment
  --json           print one JSON object instead of tables
  --help           show this text`;

const flags = {
  ...fileFlags,
  config: { type: 'string' },
  at: { type: 'string' },
  user: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export interface Options extends FileOptions {
  configFile: string;
  untilMs?: number;
  userId?: string;
  asJson: boolean;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values: given, positionals } = parseArguments(argv, flags);
  if (given.help) return 'help';
  const file = parseFileOptions(given, positionals);
  const configFile = given.config ?? 'segue.config.ts';
  if (!existsSync(configFile)) throw new UsageError(`--config: ${configFile}: there is no such file`);
  const untilMs = given.at === undefined ? undefined : parseTimeMs(given.at);
  if (given.at !== undefined && untilMs === undefined)
    throw new UsageError(`--at: ${JSON.stringify(given.at)}: must be a time such as ${timeForms}`);
  return {
    ...file,
    configFile,
    asJson: given.json ?? false,
    ...(untilMs !== undefined && { untilMs }),
    ...(given.user !== undefined && { userId: given.user }),
  };
}
