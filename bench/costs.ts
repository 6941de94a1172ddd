import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { SegueStack } from '../lib/segue-stack.ts';
import config from '../examples/bookstore/segue.config.ts';
import { benchDynamo } from './dynamo.ts';
import { benchEmailCost } from './email-cost.ts';
import { alarmMetricsOf } from './alarm-metrics.ts';
import { costsDocument } from './costs-document.ts';
import { benchHostile, withHostileTable } from './hostile.ts';
import { withScalingTable } from './scaling.ts';
import { assumed } from './prices.ts';

const help = `npm run costs -- [options]

Writes docs/costs.md from the AWS calls that a million events and a million emails make, into docs/security.md what a hostile key can cost, and into docs/scaling.md what rates of events ask for.

  --check  write nothing; exit 1 if a file is not up to date
  --help   show this text`;

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
if (options.help) console.log(help);
else process.exitCode = await run(join(import.meta.dirname, '../docs'), options.check);

async function run(folder: string, checkOnly: boolean): Promise<number> {
  const stack = new SegueStack(new App(), 'Segue-costs', { stageName: 'costs', config, definitionFolder: join(import.meta.dirname, '../examples/bookstore/statemachines'), code: () => Code.fromInline('export const handler = () => {};') });
  const alarmMetrics = alarmMetricsOf(Template.fromStack(stack));
  const events = await benchDynamo(assumed.eventsPerRequest);
  const text = costsDocument({ events, emails: await benchEmailCost(), alarmMetrics });
  const [security, scaling] = [join(folder, 'security.md'), join(folder, 'scaling.md')];
  const results = [keep(join(folder, 'costs.md'), text, checkOnly), keep(security, withHostileTable(readFileSync(security, 'utf8'), await benchHostile()), checkOnly), keep(scaling, withScalingTable(readFileSync(scaling, 'utf8'), events), checkOnly)];
  return Math.max(...results);
}

/** @returns exit code */
function keep(path: string, text: string, checkOnly: boolean): number {
  const name = relative(process.cwd(), path);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) {
    console.log(`${name} is up to date`);
    return 0;
  }
  if (checkOnly) {
    console.error(`${name} is not up to date: run npm run costs`);
    return 1;
  }
  writeFileSync(path, text);
  console.log(`wrote ${name}`);
  return 0;
}
