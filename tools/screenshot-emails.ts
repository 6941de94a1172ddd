import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createRenderer } from '../lambdas/domain/emails/render.ts';
import type { EmailData } from '../lambdas/schemas/email.ts';
import { startChromium, type Browser } from './chromium.ts';
import { inLanguage } from './emails/checks.ts';
import { emailSources } from './emails/sources.ts';
import { languagesOf } from './preview/render.ts';
import { endWithProblems } from './shop/errors.ts';
import { loadShop } from './shop/shop.ts';

const help = `node tools/screenshot-emails.ts [--chromium <command>] [--dark] [--language <tag>] [--shop <folder>] [--out <directory>]

Renders every email with its sample, without a discount where no step of segue.config.ts that sends it gives
one, and takes a picture of it as a desktop and as a phone shows it. The shop of the samples does not exist,
so a drawn book cover stands in for its pictures.

  --chromium <command>  browser to use (default: chromium)
  --dark                as seen by people who prefer dark colours
  --language <tag>      only those that are written in this language, such as de
  --shop <folder>       the emails of another shop, such as examples/saas (default: examples/bookstore)
  --out <directory>     where to write (default: docs/pictures)
  --help                show this text`;

const widths = { desktop: 760, phone: 390 };

const coverSvg = `<svg xmlns="http://www.w3.org/2000/svg" width="88" height="128">
  <rect width="88" height="128" fill="#24453d"/>
  <rect x="8" y="8" width="72" height="112" fill="none" stroke="#d8b56d" stroke-width="1.5"/>
  <path d="M44 40 l16 22 -16 26 -16 -26 z" fill="none" stroke="#d8b56d" stroke-width="1.5"/>
</svg>`;

const { values: options } = parseArgs({
  options: {
    chromium: { type: 'string', default: 'chromium' },
    dark: { type: 'boolean', default: false },
    language: { type: 'string', default: '' },
    shop: { type: 'string', default: 'examples/bookstore' },
    out: { type: 'string', default: join(import.meta.dirname, '../docs/pictures') },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) {
  console.log(help);
  process.exit();
}
const { config, emailsDir } = await loadShop(options.shop).catch(endWithProblems);
await main();

async function main(): Promise<void> {
  const sources = await emailSources(emailsDir, config);
  const work = mkdtempSync(join(tmpdir(), 'segue-emails-'));
  const browser = await startChromium(options.chromium);
  try {
    writeFileSync(join(work, 'cover.svg'), coverSvg);
    for (const [name, source] of Object.entries(sources)) {
      if (options.language !== '' && !languagesOf(source).includes(options.language)) continue;
      const data = inLanguage(asSent(name, source.sample as EmailData), options.language);
      const { html } = createRenderer({ [name]: source.compiled }).render(name, data);
      for (const [view, width] of Object.entries(widths)) {
        const marks = [name, view, ...(options.language === '' ? [] : [options.language]), ...(options.dark ? ['dark'] : [])];
        const picture = join(options.out, `${marks.join('-')}.png`);
        const page = join(work, 'email.html');
        writeFileSync(page, html.replaceAll(/<img src="[^"]*"/g, '<img src="cover.svg"'));
        await takePicture(browser, page, width, picture);
        console.log(`${picture} (${statSync(picture).size} bytes)`);
      }
    }
  } finally {
    await browser.close();
    rmSync(work, { recursive: true, force: true });
  }
}

function asSent(email: string, sample: EmailData): EmailData {
  const { discount, ...rest } = sample;
  return discount !== undefined && showsDiscount(email) ? { ...rest, discount } : rest;
}

/** Whether a campaign gives a discount in the step that sends the email, or in the one that it follows up. */
function showsDiscount(email: string): boolean {
  return Object.values(config.campaigns).some(({ steps, variants = {} }) =>
    Object.entries(steps).some(([name, step]) => {
      const emails = [step.email, ...Object.values(variants).map((variant) => variant.steps[name]?.email)];
      const gives = step.discount ?? (step.ifClicked === undefined ? undefined : steps[step.ifClicked]?.discount);
      return gives !== undefined && emails.includes(email);
    }),
  );
}

async function takePicture(browser: Browser, page: string, width: number, picture: string): Promise<void> {
  // A low window, since a page is never lower than its window.
  const tab = await browser.newTab({ width, height: 100, scheme: options.dark ? 'dark' : 'light' });
  await tab.open(pathToFileURL(page).href);
  writeFileSync(picture, await tab.picture({ fromY: 0, untilY: await tab.evaluate('document.documentElement.scrollHeight') }));
}
