import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { referenceDocument } from './reference/document.ts';

const help = `npm run reference -- [options]

Writes docs/reference.md from the schemas in lambdas/schemas.

  --check        write nothing; exit 1 if the file is not up to date
  --file <path>  another file than docs/reference.md
  --help         show this text`;

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, file: { type: 'string' }, help: { type: 'boolean' } } });

if (options.help) {
  console.log(help);
} else {
  process.exitCode = run(options.file ?? join(import.meta.dirname, '..', 'docs', 'reference.md'), options.check ?? false);
}

function run(path: string, checkOnly: boolean): number {
  const name = relative(process.cwd(), path);
  const text = referenceDocument();
  if (existsSync(path) && readFileSync(path, 'utf8') === text) {
    console.log(`${name} is up to date`);
    return 0;
  }
  if (checkOnly) {
    console.error(`${name} is not up to date: run npm run reference`);
    return 1;
  }
  writeFileSync(path, text);
  console.log(`wrote ${name}`);
  return 0;
}
