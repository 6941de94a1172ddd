import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compiledText } from './emails/compiler.ts';
import { emailSources } from './emails/sources.ts';
import { emailProblems } from './shop/email-checks.ts';
import { endWithProblems } from './shop/errors.ts';
import { loadShop, nameOf } from './shop/shop.ts';

const help = `npm run emails -- [options]

Compiles emails/*/ (MJML and Liquid) into emails/compiled.json, which the send-email function carries, and
checks each email: valid MJML, known variables only, renders with its sample and with every optional field
missing, and stays below the size at which Gmail clips.

  --check        write nothing; exit 1 if emails/compiled.json is not up to date
  --shop FOLDER  the emails of another shop, such as examples/bookstore (default: your own)
  --help         show this text`;

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, shop: { type: 'string', default: '.' }, help: { type: 'boolean' } } });

if (options.help) {
  console.log(help);
} else {
  process.exitCode = await main(options.shop, options.check ?? false).catch(endWithProblems);
}

async function main(folder: string, checkOnly: boolean): Promise<number> {
  const { emailsDir, config } = await loadShop(folder);
  const compiledFile = join(emailsDir, 'compiled.json');
  const sources = await emailSources(emailsDir, config);
  const compiled = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, source.compiled]));
  const problems = emailProblems(config, compiled, emailsDir);
  if (problems.length > 0) {
    console.error(problems.join('\n'));
    return 1;
  }
  const text = compiledText(sources);
  if (text === readIfThere(compiledFile)) {
    console.log(`${nameOf(compiledFile)} is up to date (${Object.keys(sources).join(', ')})`);
    return 0;
  }
  if (checkOnly) {
    console.error(`${nameOf(compiledFile)} is not up to date: run npm run emails`);
    return 1;
  }
  writeFileSync(compiledFile, text);
  console.log(`wrote ${nameOf(compiledFile)} (${Object.keys(sources).join(', ')})`);
  return 0;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
