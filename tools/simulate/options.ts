import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileFlags, fileHelp, parseFileOptions, type FileOptions } from '../event-files/options.ts';
import { parseArguments, positiveInteger } from '../stream/arguments.ts';
import { UsageError } from './errors.ts';
import { parseTimeMs, timeForms } from './times.ts';

export const help = `npm run simulate -- FILE [options]

Replays a file of events in virtual time under the rules of the config, without AWS, and shows who would have been
in which segment, which workflows would have started and which emails would have gone.

${fileHelp}
  --config FILE    the configuration (default segue.config.ts): a module or JSON
  --at TIME        where the simulation ends (default: the last event)
  --user ID        why this person is in their segment
  --workers N      how many threads parse and replay (default: one for each core, one for a small file); the output is the same
  --json           print one JSON object instead of tables
  --help           show this text`;

const flags = {
  ...fileFlags,
  config: { type: 'string' },
  at: { type: 'string' },
  user: { type: 'string' },
  workers: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export interface Options extends FileOptions {
  configFile: string;
  untilMs?: number;
  userId?: string;
  workers?: number;
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
    ...(given.workers !== undefined && { workers: workersOf(given.workers) }),
    ...(given.user !== undefined && { userId: given.user }),
  };
}

const maxWorkers = 64;

function workersOf(text: string): number {
  const workers = positiveInteger('--workers', text);
  if (workers > maxWorkers) throw new UsageError(`--workers: ${JSON.stringify(text)}: must be ${maxWorkers} at most`);
  return workers;
}

/** Less than this takes no longer than to start another thread. */
const worthAThreadBytes = 4_000_000;

/** How many threads to use for an input of some size. */
export const workersFor = (bytes: number): number => Math.max(1, Math.min(availableParallelism(), maxWorkers, Math.floor(bytes / worthAThreadBytes)));
