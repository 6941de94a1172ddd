import { join } from 'node:path';
import { inspect } from 'node:util';
import config from '../segue.config.ts';
import { makeCampaign } from './new-campaign/make.ts';
import { help, parseOptions } from './new-campaign/options.ts';
import { UsageError } from './simulate/errors.ts';

try {
  const options = parseOptions(process.argv.slice(2), [...config.segments, config.fallback].map(({ name }) => name));
  if (options === 'help') {
    console.log(help);
  } else {
    const { files, campaign } = makeCampaign(join(import.meta.dirname, '..'), options);
    console.error(`made ${files.join('\n     ')}\n\nPut this below "campaigns" in segue.config.ts, then run: npm run emails, npm run preview\n`);
    console.log(inspect(campaign, { depth: Infinity, breakLength: 100 }).slice(1, -1).trim().concat(','));
  }
} catch (error) {
  console.error(`new:campaign: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
