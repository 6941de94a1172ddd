import { normalAddress } from '../../lambdas/domain/address.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run preview -- [options]
npm run preview -- --send-to ADDRESS --email NAME [--sample NAME] [--language TAG] [--stage NAME | --local [DIR]]

Shows every email below emails/ in the browser, as a desktop and as a phone would, and follows what you change.
With --send-to, sends one test of an email through SES and ends.

  --port N           port of the page (4010; 0 takes any that is free)
  --local [DIR]      show emails for real people too, from the Segue that runs on this machine with this data folder (.segue);
                     with --send-to, send into its inbox
  --send-to ADDRESS  who gets the test; its subject begins with [test], and what they do with it is not counted
  --email NAME       the email to send: a folder below emails/
  --sample NAME      the data to fill it with: sample (default), or without-FIELD, as the page offers them
  --language TAG     one of its languages, such as de (that of the sample)
  --stage NAME       the deployment whose configuration set it goes through (dev), with the credentials and region of the environment
  --help             show this text`;

const flags = {
  port: { type: 'string' },
  local: { type: 'string' },
  'send-to': { type: 'string' },
  email: { type: 'string' },
  sample: { type: 'string' },
  language: { type: 'string' },
  stage: { type: 'string' },
  help: { type: 'boolean' },
} as const;

export interface ServeOptions {
  port: number;
  /** Data folder of a Segue that runs on this machine. */
  dataDir: string | undefined;
}

export interface SendOptions {
  to: string;
  email: string;
  sample: string;
  /** Left out for that of the sample. */
  language?: string;
  /** Data folder; instead of a stage. */
  dataDir: string | undefined;
  stage: string;
}

export type Options = { serve: ServeOptions } | { send: SendOptions };

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  if (positionals.length > 0) throw new UsageError(`${JSON.stringify(positionals[0])}: a preview takes only options; see --help`);
  const { local: dataDir, 'send-to': to, email, sample, language, stage } = values;
  if (to === undefined) {
    const [idle] = Object.entries({ email, sample, language, stage }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
    if (idle !== undefined) throw new UsageError(`${idle} goes with --send-to only; the page lets you choose`);
    return { serve: { port: portOf(values.port ?? '4010'), dataDir } };
  }
  if (normalAddress(to) === undefined) throw new UsageError(`--send-to ${JSON.stringify(to)}: must be one email address, such as me@example.com`);
  if (email === undefined) throw new UsageError('--send-to needs --email NAME: the folder below emails/');
  if (values.port !== undefined) throw new UsageError('--port and --send-to exclude each other');
  if (dataDir !== undefined && stage !== undefined) throw new UsageError('--local and --stage exclude each other');
  return { send: { to, email, sample: sample ?? 'sample', ...(language !== undefined && { language }), dataDir, stage: stage ?? 'dev' } };
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`--port ${JSON.stringify(text)}: must be a whole number from 0 to 65535`);
  return Number(text);
}
