import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { compiledText } from './emails/compiler.ts';
import { emailSources } from './emails/sources.ts';
import { answerTo, help, parseOptions, questions, type Sender } from './init/options.ts';
import { writeShop } from './init/write.ts';
import { checkedShop } from './shop/check.ts';
import { ShopError } from './shop/errors.ts';
import { loadShop } from './shop/shop.ts';
import { UsageError } from './simulate/errors.ts';

const root = join(import.meta.dirname, '..');

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else await main(options);
} catch (error) {
  console.error(error instanceof ShopError ? error.message : `init: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main({ preset, given, force }: Exclude<ReturnType<typeof parseOptions>, 'help'>): Promise<void> {
  const files = writeShop(root, preset, await complete(given), force);
  const { config, emailsDir } = await loadShop();
  writeFileSync(join(emailsDir, 'compiled.json'), compiledText(await emailSources(emailsDir, config)));
  await checkedShop();
  console.log(`wrote ${files.length + 1} files: segue.config.ts, emails/, statemachines/, events.jsonl

Next:
  npm run simulate -- events.jsonl   who would be in which segment, and get what
  npm run preview                    the emails, while you write them; then npm run emails
  npm start                          all of it on this machine`);
}

/** Asks for what no flag gives. @throws UsageError where nobody can be asked */
async function complete(given: Partial<Sender>): Promise<Sender> {
  const missing = (Object.keys(questions) as (keyof Sender)[]).filter((field) => given[field] === undefined);
  if (missing.length > 0 && !process.stdin.isTTY) throw new UsageError(`${missing.map((field) => questions[field].flag).join(', ')}: missing; see --help`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const sender = { ...given };
    for (const field of missing) {
      while (sender[field] === undefined) {
        try {
          sender[field] = answerTo(field, await terminal.question(`${questions[field].question}: `));
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          console.error(error.message);
        }
      }
    }
    return sender as Sender;
  } finally {
    terminal.close();
  }
}
