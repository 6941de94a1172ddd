import { parseArgs } from 'node:util';

export interface CliOptions {
  port: number;
  timeScale: number;
  dataDir: string;
  /** Names in lower case; one with a dot at its beginning stands for every name below it. */
  allowedHosts: string[];
  fresh: boolean;
  verbose: boolean;
  help: boolean;
}

/** A wrong command line; the message names the value and what is allowed. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const usage = `Runs Segue on this machine: npm start -- [options]

  --port <number>        port of the endpoint and the page (4000; 0 takes any that is free)
  --time-scale <number>  virtual seconds in one real second (1; with 3600, an hour passes in a second, or in more while the machine is busy)
  --data-dir <folder>    where data is kept (.segue)
  --allowed-host <name>  answers under this name, too, such as that of a tunnel or a container; .name for every name below it;
                         may be given several times. The page with keys and people stays on 127.0.0.1 and localhost
  --fresh                deletes the data first
  --verbose              shows what the functions log
  --help                 shows this
`;

/** @throws UsageError */
export function parseCliOptions(args: string[]): CliOptions {
  let values;
  try {
    values = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '4000' },
        'time-scale': { type: 'string', default: '1' },
        'data-dir': { type: 'string', default: '.segue' },
        'allowed-host': { type: 'string', multiple: true, default: [] },
        fresh: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return {
    port: number(
      '--port',
      values.port,
      (value) => Number.isInteger(value) && value >= 0 && value <= 65_535,
      'a whole number from 0 to 65535',
    ),
    timeScale: number('--time-scale', values['time-scale'], (value) => value >= 1 && value <= 1e6, 'a number from 1 to 1000000'),
    dataDir: nonEmpty('--data-dir', values['data-dir']),
    allowedHosts: values['allowed-host'].map(hostName),
    fresh: values.fresh,
    verbose: values.verbose,
    help: values.help,
  };
}

function number(flag: string, text: string, isAllowed: (value: number) => boolean, allowed: string): number {
  const value = Number(text);
  if (text.trim() === '' || !isAllowed(value)) throw new UsageError(`${flag} ${JSON.stringify(text)}: must be ${allowed}`);
  return value;
}

function nonEmpty(flag: string, text: string): string {
  if (text.trim() === '') throw new UsageError(`${flag} "": must be a folder`);
  return text;
}

/** Without a scheme, port or path, as the header Host has it before the port. */
function hostName(text: string): string {
  const name = text.toLowerCase();
  if (!/^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) throw new UsageError(`--allowed-host ${JSON.stringify(text)}: must be the name of a host, without scheme, port or path, such as shop.tunnel.example or .tunnel.example`);
  return name;
}
