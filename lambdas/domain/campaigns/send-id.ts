import { hexHash } from '../hash.ts';

/** Names one email of one workflow execution; the same for every repetition of the step. */
export const sendIdOf = (executionName: string, step: string): string => hexHash([executionName, step], 32);
