import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Brand } from '../../lambdas/schemas/brand.ts';

/** Hash of everything that an email is compiled from: the look of the brand, the files of its folder but the sample, and the shared parts. */
export function sourceHash(directory: string, { colors, darkColors, font }: Brand, name: string): string {
  const hash = createHash('sha256').update(JSON.stringify([Object.entries(colors).sort(), Object.entries(darkColors).sort(), font]));
  for (const folder of [name, ...sharedFolders(directory)]) {
    for (const file of readdirSync(join(directory, folder)).sort()) {
      if (file === 'sample.json') continue;
      // Git may have changed the line ends.
      hash.update(`${folder}/${file}\n${readFileSync(join(directory, folder, file), 'utf8').replaceAll('\r\n', '\n')}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

const sharedFolders = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name.startsWith('_')).map(({ name }) => name).sort()
    : [];
