import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DamagedFile } from './files.ts';

const advice = 'Restore the folder from a copy, or start anew with --fresh, which deletes all data.';

/**
 * Looks at the head of a LevelDB, in which the emulators keep tables and stream: LevelDB would begin a new one where its head is missing,
 * and what it says of a broken one names no file.
 * @throws DamagedFile
 */
export function checkLevel(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const current = join(folder, 'CURRENT');
  if (!names.includes('CURRENT')) {
    if (names.some((name) => name.startsWith('MANIFEST-') || name.endsWith('.ldb'))) throw new DamagedFile(`${current} is missing. ${advice}`);
    return;
  }
  const named = /^(MANIFEST-\d+)\n$/.exec(readFileSync(current, 'latin1'))?.[1];
  if (named === undefined) throw new DamagedFile(`${current} ${statSync(current).size === 0 ? 'is empty' : 'is damaged: it names no MANIFEST'}. ${advice}`);
  const manifest = join(folder, named);
  if (!existsSync(manifest)) throw new DamagedFile(`${manifest} is missing. ${advice}`);
  if (statSync(manifest).size === 0) throw new DamagedFile(`${manifest} is empty. ${advice}`);
}

const isLevelProblem = (message: string): boolean => /Corruption|IO error|Database is (closed|not open)|OpenError/.test(message);

/** What the emulators say of a LevelDB that cannot be read further in, as one line for the operator; undefined for anything else. */
export function levelMessage(error: unknown, dataDir: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const said = `${error.name}: ${error.message}`;
  if (!isLevelProblem(said)) return levelMessage(error.cause, dataDir);
  const [dynamodb, kinesis] = [join(dataDir, 'dynamodb'), join(dataDir, 'kinesis')];
  const place = said.includes(kinesis) || error.name === 'OpenError' ? kinesis : said.includes(dynamodb) || said.includes('Database is') ? dynamodb : `${dynamodb} or ${kinesis}`;
  return `${place} is damaged (${error.message.split('\n')[0]}). ${advice}`;
}
