import { join } from 'node:path';
import { ShopError } from '../shop/errors.ts';
import { nameOf } from '../shop/shop.ts';

/** An email that cannot be compiled: which file is wrong, and why, in one line. */
export class EmailProblem extends ShopError {
  /** Relative to the directory of emails. */
  readonly file: string;
  readonly reason: string;
  constructor(directory: string, file: string, reason: string) {
    super([`${nameOf(join(directory, file))}: ${reason}`]);
    this.file = file;
    this.reason = reason;
  }
}

/** The problem with a file that an error of the file system, of the JSON parser or of MJML tells of. */
export function problemOfFile(directory: string, file: string, error: unknown): EmailProblem {
  if (error instanceof EmailProblem) return error;
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new EmailProblem(directory, file, 'there is no such file');
  const lines = (error instanceof Error ? error.message : String(error)).replaceAll(`${directory}/`, '').split('\n').map((line) => line.trim());
  if (!file.endsWith('.mjml')) return new EmailProblem(directory, file, lines[0] ?? '');
  const reason = lines.filter((line) => line !== '' && line !== 'ValidationError:').join('; ');
  // MJML names the included file in which the mistake is.
  return new EmailProblem(directory, /(?:Line \d+ of|mj-include at) (\S+\.mjml)/.exec(reason)?.[1] ?? file, reason);
}
