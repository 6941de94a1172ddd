/** Takes the pictures of docs/report.md: `node test/report/pictures.ts`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { renderReport } from '../../lambdas/domain/report/render.ts';
import { sample } from '../domain/report/sample.ts';
import { startChromium, type Browser } from '../../tools/chromium.ts';

interface Shot {
  name: string;
  width: number;
  scheme: 'light' | 'dark';
  /** First and last element of the picture. */
  from: string;
  to: string;
}

const shots: Shot[] = [
  { name: 'summary', width: 860, scheme: 'light', from: 'header', to: '#campaigns > .note' },
  { name: 'segments', width: 860, scheme: 'light', from: '#segments', to: '#segments figure:last-of-type' },
  { name: 'scores', width: 860, scheme: 'light', from: '#scores', to: '#scores .scroll:last-of-type' },
  { name: 'overlap', width: 860, scheme: 'dark', from: '#overlap', to: '#overlap figure:first-of-type' },
  { name: 'accuracy', width: 860, scheme: 'light', from: '#accuracy', to: '#accuracy figure:last-of-type' },
  { name: 'phone', width: 390, scheme: 'light', from: '#experiments', to: '#experiments figure' },
];

const folder = mkdtempSync(join(tmpdir(), 'segue-report-'));
const browser = await startChromium();
try {
  writeFileSync(join(folder, 'report.html'), await renderReport(sample));
  for (const shot of shots) await take(browser, shot);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

async function take(browser: Browser, { name, width, scheme, from, to }: Shot): Promise<void> {
  const tab = await browser.newTab({ width, scheme });
  await tab.open(pathToFileURL(join(folder, 'report.html')).href);
  const edge = (selector: string, side: 'top' | 'bottom') =>
    tab.evaluate<number>(`document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect().${side} + scrollY`);
  const [top, bottom] = [Math.max(0, (await edge(from, 'top')) - 24), (await edge(to, 'bottom')) + 24];
  const file = join(import.meta.dirname, `../../docs/pictures/report-${name}.png`);
  writeFileSync(file, await tab.picture({ fromY: top, untilY: bottom }));
  console.log(`${file} (${Math.round(bottom - top)} px high)`);
}
