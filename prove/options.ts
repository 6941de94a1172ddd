import { parseArgs } from 'node:util';

export const help = `Plays Segue with everything that can go wrong, and checks what it promises.

  npm run prove -- --seeds 200            plays seeds 1 to 200
  npm run prove -- --seed 17              plays one seed; prints its history when a promise is broken
  npm run prove -- --seed 17 --history    prints the history in any case
  npm run prove -- --mutants              changes the product in known ways; each change must be noticed

  --seeds N      how many seeds, from --from on (100)
  --from S       the first seed (1)
  --seed S       this seed alone
  --history      print what happened, for one seed
  --until-broken stop at the first seed that breaks a promise
  --mutants      instead of seeds: all of the list, or
  --only TEXT    those with this in their name; may be given several times
  --after TEXT   those that stand after the last one with this in its name: goes on where a run ended
  --list         only say which there are, and who notices them
  --workers N    processes at once (as many as there are processors)
  --help

Ends with 0 when every promise was kept, else with 1.`;

export interface Options {
  seeds: number;
  from: number;
  seed?: string;
  history: boolean;
  mutants: boolean;
  only: readonly string[];
  after?: string;
  list: boolean;
  untilBroken: boolean;
  workers?: number;
}

export class UsageError extends Error {}

export function parseOptions(args: string[]): Options | 'help' {
  const { values } = parsed(args);
  if (values.help) return 'help';
  const { seed, only, after } = values;
  if (values.history && seed === undefined) throw new UsageError('--history: needs --seed');
  for (const name of ['only', 'after', 'list'] as const) if (values[name] !== undefined && !values.mutants) throw new UsageError(`--${name}: needs --mutants`);
  return {
    seeds: wholeNumber('--seeds', values.seeds, 100),
    from: wholeNumber('--from', values.from, 1),
    history: values.history ?? false,
    mutants: values.mutants ?? false,
    list: values.list ?? false,
    untilBroken: values['until-broken'] ?? false,
    ...(seed !== undefined && { seed }),
    only: only ?? [],
    ...(after !== undefined && { after }),
    ...(values.workers !== undefined && { workers: wholeNumber('--workers', values.workers, 1) }),
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seeds: { type: 'string' },
        from: { type: 'string' },
        seed: { type: 'string' },
        history: { type: 'boolean' },
        mutants: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        after: { type: 'string' },
        list: { type: 'boolean' },
        'until-broken': { type: 'boolean' },
        workers: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`${name}: ${JSON.stringify(text)}: must be a whole number from 1 on`);
  return value;
}
