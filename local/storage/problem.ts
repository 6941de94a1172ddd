import { levelMessage } from './level.ts';
import { diskFullMessage, isDiskFull } from './disk-full.ts';

/** One line about a data folder that cannot be used as it is; undefined for any other fault. */
export const storageProblem = (error: unknown, dataDir: string): string | undefined => (isDiskFull(error) ? diskFullMessage(dataDir, error as Error) : levelMessage(error, dataDir));
