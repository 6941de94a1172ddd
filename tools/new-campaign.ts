import { join } from 'node:path';
import { config } from './shop/own.ts';
import { campaignText, makeCampaign } from './new-campaign/make.ts';
import { help, parseOptions } from './new-campaign/options.ts';
import { UsageError } from './simulate/errors.ts';

try {
  const options = parseOptions(process.argv.slice(2), [...config.segments, config.fallback].map(({ name }) => name), Object.keys(config.topics));
  if (options === 'help') {
    console.log(help);
  } else {
    const { files, campaigns } = makeCampaign(join(import.meta.dirname, '..'), config, options);
    console.error(`made ${files.join('\n     ')}\n\nPut this below "campaigns" in segue.config.ts, then run: npm run emails, npm run preview\n`);
    console.log(campaignText(campaigns));
  }
} catch (error) {
  console.error(`new:campaign: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
