import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { eventLines } from '../tools/generate-events.ts';

export interface SimulateResult {
  events: number;
  cores: number;
  wallSeconds: number;
  /** Of all threads together. */
  cpuSeconds: number;
  peakMb: number;
}

const root = join(import.meta.dirname, '..');

/** `npm run simulate` over a file of invented events, as whoever calls it sees it: start-up and output included. */
export async function benchSimulate(events: number): Promise<SimulateResult> {
  const folder = mkdtempSync(join(tmpdir(), 'segue-simulate-'));
  try {
    const file = join(folder, 'events.jsonl');
    await pipeline(Readable.from(blocks(events)), createWriteStream(file));
    const usageFile = join(folder, 'usage.json');
    const atExit = `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(${JSON.stringify(usageFile)}, JSON.stringify(process.resourceUsage())));`;
    const startMs = performance.now();
    await succeeded(spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(atExit)}`, 'tools/simulate.ts', file, '--json'], { cwd: root, stdio: 'ignore' }));
    const wallSeconds = (performance.now() - startMs) / 1000;
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usageFile, 'utf8')) as NodeJS.ResourceUsage;
    return { events, cores: availableParallelism(), wallSeconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMb: maxRSS / 1024 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function* blocks(count: number): Generator<string> {
  let block: string[] = [];
  for (const line of eventLines(count)) {
    block.push(line);
    if (block.length < 1000) continue;
    yield `${block.join('\n')}\n`;
    block = [];
  }
  yield block.join('\n');
}

function succeeded(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`simulate ended with ${signal ?? code}`))));
  });
}

if (import.meta.main) console.log(JSON.stringify(await benchSimulate(1_000_000)));
