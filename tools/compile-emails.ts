import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkEmail } from './emails/checks.ts';
import { compiledFile, compiledText, compileEmails, emailsDir } from './emails/compiler.ts';

const help = `node tools/compile-emails.ts [--check]

Compiles emails/*/ (MJML and Liquid) into emails/compiled.json, which the send-email function carries, and
checks each email: valid MJML, known variables only, renders with its sample and with every optional field
missing, and stays below the size at which Gmail clips.

  --check  write nothing; exit 1 if emails/compiled.json is not up to date
  --help   show this text`;

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });

if (options.help) {
  console.log(help);
} else {
  process.exitCode = await main(options.check ?? false);
}

async function main(checkOnly: boolean): Promise<number> {
  const sources = await compileEmails(emailsDir);
  const problems = Object.entries(sources).flatMap(([name, source]) => checkEmail(name, source));
  if (problems.length > 0) {
    console.error(problems.join('\n'));
    return 1;
  }
  const text = compiledText(sources);
  if (text === readCompiled()) {
    console.log(`emails/compiled.json is up to date (${Object.keys(sources).join(', ')})`);
    return 0;
  }
  if (checkOnly) {
    console.error('emails/compiled.json is not up to date: run node tools/compile-emails.ts');
    return 1;
  }
  writeFileSync(compiledFile, text);
  console.log(`wrote emails/compiled.json (${Object.keys(sources).join(', ')})`);
  return 0;
}

function readCompiled(): string | undefined {
  try {
    return readFileSync(compiledFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
