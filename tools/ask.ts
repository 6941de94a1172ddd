import { createInterface } from 'node:readline/promises';

/** Asks on the terminal. @returns whether the answer is yes */
export const askYes = async (question: string): Promise<boolean> => /^y(es)?$/i.test(await askText(`${question} [y/N]`));

/** Asks on the terminal. @returns the answer, trimmed; an empty text when the input ends */
export async function askText(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return (await Promise.race([lines.question(`${question} `), ended])).trim();
  } finally {
    lines.close();
  }
}
