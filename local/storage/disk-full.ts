/** Codes of the system, and the words of LevelDB, which keeps the tables and the stream. */
const codes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const words = /no space left on device|disk quota exceeded|file too large/i;

/** Can nothing be written any more for want of space? */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return codes.has((error as NodeJS.ErrnoException).code ?? '') || words.test(error.message) || isDiskFull(error.cause);
}

/** One line for the operator. */
export const diskFullMessage = (dataDir: string, { message }: Error): string =>
  `the disk with ${dataDir} is full (${message}). Free some space and start again: what was accepted is kept, and workflows go on`;
