import { parseArgs } from 'node:util';
import { checkedShop } from './shop/check.ts';
import { endWithProblems } from './shop/errors.ts';

const help = `npm run check:shop -- [options]

Checks segue.config.ts, emails/ and statemachines/ as a start, the tests and the synth do: one line for each thing to change.

  --shop FOLDER  another shop, such as examples/saas (default: your own)
  --help         show this text`;

const { values } = parseArgs({ options: { shop: { type: 'string', default: '.' }, help: { type: 'boolean' } } });

if (values.help) console.log(help);
else for (const warning of (await checkedShop(values.shop).catch(endWithProblems)).warnings) console.log(`warning: ${warning}`);
