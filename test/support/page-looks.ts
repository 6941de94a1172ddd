import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { chromiumCommand, startChromium } from '../../tools/chromium.ts';

export const hasChromium = process.env.CHROMIUM !== undefined || spawnSync(chromiumCommand, ['--version']).error === undefined;

const views = [390, 1280].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ width, scheme })));

/** Chromium says of an answer with an error's status that it is one. */
const isAboutStatus = (complaint: string): boolean => /status of 4\d\d/.test(complaint);

/**
 * Opens pages behind links as a reader does, on a phone and on a desk, light and dark: each loads with nothing but itself, fits, and follows the scheme;
 * and a button of one does what it says.
 * @returns text of the page that came of the button
 */
export async function lookAtPages(urls: readonly string[], { url, button }: { url: string; button: string }): Promise<string> {
  const browser = await startChromium(chromiumCommand, { reach: '127.0.0.1' });
  try {
    for (const [place, one] of urls.entries()) {
      const brightness = new Map<string, number>();
      for (const { width, scheme } of views) {
        const tab = await browser.newTab({ width, scheme });
        await tab.open(one);
        const about = `${new URL(one).pathname.slice(0, 3)} ${width} px, ${scheme}`;
        expect({ about, complaints: tab.complaints.filter((complaint) => !isAboutStatus(complaint)), requests: tab.requests }).toEqual({ about, complaints: [], requests: [one] });
        expect({ about, width: await tab.evaluate('document.documentElement.scrollWidth') }).toEqual({ about, width });
        const [red = 0, green = 0, blue = 0] = await tab.evaluate<number[]>(`getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)`);
        brightness.set(scheme, red + green + blue);
        if (process.env.PICTURES) writeFileSync(`${process.env.PICTURES}/${place}-${width}-${scheme}.png`, await tab.picture({ fromY: 0, untilY: 900 }));
      }
      expect(brightness.get('dark')).toBeLessThan(brightness.get('light') ?? 0);
    }
    const tab = await browser.newTab({ width: 390 });
    await tab.open(url);
    await tab.evaluate(`new Promise((resolve) => { document.querySelector('button[value=${JSON.stringify(button)}]').click(); setTimeout(resolve, 500); })`).catch(() => undefined);
    for (let attempt = 0; attempt < 40 && (await tab.evaluate<boolean>(`document.querySelector('button[value=${JSON.stringify(button)}]') !== null || document.readyState !== 'complete'`)); attempt += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    if (process.env.PICTURES) writeFileSync(`${process.env.PICTURES}/after.png`, await tab.picture({ fromY: 0, untilY: 900 }));
    expect(tab.complaints).toEqual([]);
    return await tab.evaluate<string>('document.body.innerText');
  } finally {
    await browser.close();
  }
}
