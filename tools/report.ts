import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monthOf } from '../lambdas/domain/period.ts';
import { config } from './shop/own.ts';
import { createMonthReport } from '../local/console/report.ts';
import { localTarget, stageTarget } from './replay/target.ts';
import { help, parseOptions, type Options } from './report/options.ts';
import { UsageError } from './simulate/errors.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else await main(options);
} catch (error) {
  console.error(`report: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main({ stage, dataDir, outDir, ...options }: Options): Promise<void> {
  const target = dataDir === undefined ? await stageTarget(stage) : await localTarget(dataDir);
  const month = options.month ?? monthOf(target.nowMs);
  try {
    const { html, json } = await createMonthReport({ ...target, config, nowMs: () => target.nowMs })(month);
    mkdirSync(outDir, { recursive: true });
    const fileOf = (ending: string) => join(outDir, `report-${month}.${ending}`);
    writeFileSync(fileOf('json'), `${json}\n`);
    writeFileSync(fileOf('html'), html);
    console.log(`${fileOf('html')}, ${fileOf('json')}`);
  } finally {
    for (const client of [target.documents, target.kinesis, target.s3]) client.destroy();
  }
}
