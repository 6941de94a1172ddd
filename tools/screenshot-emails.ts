import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createRenderer } from '../lambdas/domain/render.ts';
import type { EmailData } from '../lambdas/schemas/email.ts';
import config from '../segue.config.ts';
import { inLanguage } from './email-checks.ts';
import { compileEmails, emailsDir } from './email-compiler.ts';
import { languagesOf } from './preview/render.ts';

const help = `node tools/screenshot-emails.ts [--chromium <command>] [--dark] [--language <tag>] [--out <directory>]

Renders every email with its sample, without a discount where no step of segue.config.ts that sends it gives
one, and takes a picture of it as a desktop and as a phone shows it. The shop of the samples does not exist,
so a drawn book cover stands in for its pictures.

  --chromium <command>  browser to use (default: chromium)
  --dark                as seen by people who prefer dark colours
  --language <tag>      only those that are written in this language, such as de
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
    out: { type: 'string', default: join(import.meta.dirname, '../docs/pictures') },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) console.log(help);
else await main();

async function main(): Promise<void> {
  const sources = await compileEmails(emailsDir);
  const work = mkdtempSync(join(tmpdir(), 'segue-emails-'));
  try {
    writeFileSync(join(work, 'cover.svg'), coverSvg);
    for (const [name, source] of Object.entries(sources)) {
      if (options.language !== '' && !languagesOf(source).includes(options.language)) continue;
      const data = inLanguage(asSent(name, source.sample as EmailData), options.language);
      const { html } = createRenderer({ [name]: source.compiled }).render(name, data);
      for (const [view, width] of Object.entries(widths)) {
        const marks = [name, view, ...(options.language === '' ? [] : [options.language]), ...(options.dark ? ['dark'] : [])];
        const picture = join(options.out, `${marks.join('-')}.png`);
        await takePicture(html.replaceAll(/<img src="[^"]*"/g, '<img src="cover.svg"'), width, work, picture);
        console.log(`${picture} (${statSync(picture).size} bytes)`);
      }
    }
  } finally {
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

/** Headless Chromium opens no window below 500 px, so the email goes into a frame of the wanted width. */
async function takePicture(html: string, width: number, work: string, picture: string): Promise<void> {
  const page = join(work, 'frame.html');
  writeFileSync(
    page,
    `<!doctype html><body style="margin:0"><iframe style="display:block;border:0;width:${width}px" srcdoc="${html.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"
      onload="this.style.height = this.contentDocument.documentElement.scrollHeight + 'px'; document.body.dataset.height = this.contentDocument.documentElement.scrollHeight"></iframe></body>`,
  );
  const height = /data-height="(\d+)"/.exec(await chromium(work, ['--dump-dom', `--window-size=${width},600`], page))?.[1];
  if (height === undefined) throw new Error(`${options.chromium} did not lay out the email for ${picture}`);
  await chromium(work, [`--screenshot=${picture}`, `--window-size=${width},${height}`], page);
}

async function chromium(work: string, args: string[], page: string): Promise<string> {
  const { stdout } = await promisify(execFile)(options.chromium, [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
    '--host-resolver-rules=MAP * ~NOTFOUND',
    ...(options.dark ? ['--blink-settings=preferredColorScheme=0'] : []),
    `--user-data-dir=${join(work, 'profile')}`,
    ...args,
    pathToFileURL(page).href,
  ]);
  return stdout;
}
