import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderReport } from '../../lambdas/domain/report/render.ts';
import type { ReportDataInput } from '../../lambdas/schemas/report.ts';
import { chromiumCommand, startChromium, type Browser, type Tab } from '../../tools/chromium.ts';
import { empty, sample } from '../domain/report/sample.ts';
import { madeAtMs, shopLog } from '../support/shop-months.ts';
import { februaryMadeAtMs, shopReport } from '../support/shop-report.ts';

/** As long as the config allows names to be. */
const long = 'a_name_of_forty_characters_that_is_longer';
const longNames: ReportDataInput = JSON.parse(
  JSON.stringify(sample).replaceAll(/"(calm|bold|engaged|fans)"/g, (_, name: string) => JSON.stringify(`${name}_${long}`)),
);
const pages = { full: sample, 'long names': longNames, empty };
/** Not invented: what the pipeline has counted of a shop in its second month. */
async function countedMonth(): Promise<ReportDataInput> {
  const log = shopLog(1);
  return shopReport(log, '2026-03', madeAtMs, await shopReport(log, '2026-02', februaryMadeAtMs));
}
const folder = mkdtempSync(join(tmpdir(), 'segue-report-'));
const addressOf = (name: string) => pathToFileURL(join(folder, `${name}.html`)).href;
const views = (['full', 'long names', 'empty', 'counted'] as const).flatMap((name) =>
  [390, 1280].flatMap((width) => (['light', 'dark'] as const).map((scheme) => [name, width, scheme] as const)),
);
const hasChromium = process.env.CHROMIUM !== undefined || spawnSync(chromiumCommand, ['--version']).error === undefined;

describe.skipIf(!hasChromium)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    for (const [name, data] of Object.entries({ ...pages, counted: await countedMonth() })) writeFileSync(join(folder, `${name}.html`), await renderReport(data));
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  describe.each(views)('%s, %i px wide, %s', (name, width, scheme) => {
    let tab: Tab;
    beforeAll(async () => {
      tab = await browser.newTab({ width, scheme });
      await tab.open(addressOf(name));
    });

    test('loads without a request or a complaint', () => {
      expect(tab.requests).toEqual([addressOf(name)]);
      expect(tab.complaints).toEqual([]);
    });

    test('does not scroll sideways', async () => {
      expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const outside = await tab.evaluate(
        `[...document.querySelectorAll('body *')].filter((one) => !one.closest('.scroll, svg') && one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.outerHTML.slice(0, 80))`,
      );
      expect(outside).toEqual([]);
    });

    test('has the colours of the scheme', async () => {
      const [red] = await tab.evaluate<number[]>(`getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)`);
      expect((red as number) > 128).toBe(scheme === 'light');
    });

    test('shows each plot once, in the size for the width, with a caption, a description and a table', async () => {
      const figures = await tab.evaluate<object[]>(`[...document.querySelectorAll('figure')].map((figure) => {
        const shown = [...figure.querySelectorAll('svg')].filter((svg) => svg.getBoundingClientRect().height > 0);
        return {
          plots: shown.map((svg) => [svg.classList.value, svg.getAttribute('role'), svg.getAttribute('aria-label').length > 20]),
          caption: figure.querySelector('figcaption').textContent.trim().length > 20,
          rows: figure.querySelectorAll('details tbody tr').length > 0,
          loose: figure.querySelectorAll('details th:not([scope])').length,
        };
      })`);
      expect(figures).toHaveLength({ full: 20, 'long names': 20, empty: 0, counted: 11 }[name]);
      for (const figure of figures) {
        expect(figure).toEqual({
          plots: [[width === 390 ? 'plot narrow' : 'plot wide', 'img', true]],
          caption: true,
          rows: true,
          loose: 0,
        });
      }
    });

    test('plots keep their texts inside, apart, and large enough', async () => {
      const troubles = await tab.evaluate(`[...document.querySelectorAll('svg.plot')].flatMap((svg) => {
        const frame = svg.getBoundingClientRect();
        if (frame.height === 0) return [];
        const texts = [...svg.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect(), size: parseFloat(getComputedStyle(text).fontSize) * frame.width / svg.viewBox.baseVal.width })).filter(({ text }) => text !== '');
        const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 3 || b.bottom <= a.top + 3;
        return texts.flatMap(({ text, box, size }, index) => [
          ...(box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1 ? [text + ' is cut off'] : []),
          ...(size < 11 ? [text + ' is too small'] : []),
          ...texts.slice(index + 1).filter((other) => !apart(box, other.box)).map((other) => text + ' lies on ' + other.text),
        ]);
      })`);
      expect(troubles).toEqual([]);
    });

    test('headings go down one level at a time, from one first', async () => {
      const levels: number[] = await tab.evaluate(
        `[...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]))`,
      );
      expect(levels.filter((level) => level === 1)).toHaveLength(1);
      expect(levels[0]).toBe(1);
      levels.forEach((level, index) => expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1));
    });

    test('can be read by a screen reader: every region, table and picture has a name, and ids are used once', async () => {
      const { nodes } = await tab.send<{ nodes: { ignored: boolean; role?: { value: string }; name?: { value: string } }[] }>('Accessibility.getFullAXTree');
      const named = nodes.filter(
        ({ ignored, role }) => !ignored && ['region', 'table', 'image', 'link', 'heading', 'navigation'].includes(role?.value ?? ''),
      );
      expect(named.length).toBeGreaterThan(20);
      expect(named.filter(({ name: label }) => !label?.value.trim())).toEqual([]);
      expect(
        await tab.evaluate(
          `[...document.querySelectorAll('[id]')].length - new Set([...document.querySelectorAll('[id]')].map(({ id }) => id)).size`,
        ),
      ).toBe(0);
    });
  });

  test('on paper it is light, tables are open, and nothing runs over the edge', async () => {
    const a4Width = 680;
    const tab = await browser.newTab({ width: a4Width, scheme: 'dark', media: 'print' });
    await tab.open(addressOf('full'));
    expect(await tab.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(a4Width);
    const closed = `[...document.querySelectorAll('details')].filter((one) => { const box = one.querySelector('tbody tr').getBoundingClientRect(); return box.height < 5 || box.bottom > one.getBoundingClientRect().bottom + 1; }).length`;
    expect(await tab.evaluate(closed)).toBe(0);
  });

  test('without its rules for paper, tables would be closed', async () => {
    const tab = await browser.newTab({ width: 680 });
    await tab.open(addressOf('full'));
    expect(await tab.evaluate(`[...document.querySelectorAll('details')].every((one) => one.getBoundingClientRect().height < 60)`)).toBe(
      true,
    );
  });
});
