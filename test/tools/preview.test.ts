import { unknownInbox } from '../../lambdas/domain/profile/inbox.ts';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyContent, type CartProduct } from '../../lambdas/domain/profile/content.ts';
import { fold } from '../../lambdas/domain/fold/fold.ts';
import { emptyProfile } from '../../lambdas/domain/profile/profile.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { emailsDir } from '../emails/support.ts';
import type { PersonStores } from '../../tools/preview/person.ts';
import { startPreview, type Preview } from '../../tools/preview/server.ts';
import { bookstorePlan, hourMs, identify, momentAt, sequenced, startMs, track } from '../support/events.ts';
import { emptyCatalogue, MemoryProfiles } from '../support/fakes.ts';
import { foreignRequests, rawRequest } from '../support/raw-request.ts';
import { eventually } from '../support/runtime.ts';

const folder = mkdtempSync(join(tmpdir(), 'preview-'));
const directory = join(folder, 'emails');
const inEmails = (path: string) => join(directory, path);
const nowMs = startMs + hourMs;
let preview: Preview;
let optedOut = false;

async function people(): Promise<PersonStores['profiles']> {
  const profiles = new MemoryProfiles();
  const book = track('add_to_cart', startMs, { product_id: 'b1', name: 'Middlemarch & <Co>', price: 12.5, currency: 'EUR' });
  const hello = identify(startMs, { first_name: 'Ana', email: 'ana@reader.example', marketing_consent: true });
  const misfit = track('add_to_cart', startMs, { product_id: 'misfit', name: 'Emma' });
  for (const [id, events] of Object.entries({ ana: [hello, book], ben: [book], cem: [hello], dan: [hello, misfit] })) {
    const { profile, content } = fold(bookstorePlan, emptyProfile(`u#${id}`), emptyContent(), sequenced(events), momentAt(nowMs));
    await profiles.saveProfile(profile);
    await profiles.saveContent(`u#${id}`, content ?? emptyContent());
  }
  return profiles;
}

beforeAll(async () => {
  cpSync(emailsDir, directory, { recursive: true });
  // One email in its own language alone.
  for (const name of readdirSync(join(directory, 'reward')).filter((file) => file.includes('.de.'))) rmSync(join(directory, 'reward', name));
  const profiles = await people();
  const catalogue = {
    ...emptyCatalogue,
    describe: async (product: CartProduct) => ({ ...product, reviews: [], related: [], ...(product.productId === 'misfit' && { rating: 9 }) }),
  };
  const inboxes = { read: async () => unknownInbox };
  const control = { optOuts: async () => ({ unsubscribedAtMs: Object.fromEntries(optedOut ? [['*', 1]] : []), resubscribedAtMs: {} }) };
  preview = await startPreview({
    directory,
    port: 0,
    config,
    openStores: async () => ({ profiles, control, inboxes, catalogue, nowMs }),
  });
});
afterAll(async () => {
  await preview.close();
  rmSync(folder, { recursive: true });
});

const get = async (path: string) => {
  const answer = await fetch(preview.url + path);
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
};
const shows = (path: string, text: string) =>
  eventually(`${text} at ${path}`, async () => ((await get(path)).body.includes(text) ? true : undefined));
const offer = '/email/abandoned-cart-offer';

test("[D2] the preview refuses other sites' pages and foreign names", async () => {
  for (const path of ['/', '/changes', '/email/abandoned-cart-offer', '/nothing']) {
    for (const method of ['GET', 'POST']) {
      for (const [how, headers] of Object.entries(foreignRequests)) expect({ how, path, status: (await rawRequest(`${preview.url}${path}`, headers, { method })).status }).toEqual({ how, path, status: 403 });
    }
  }
  expect((await fetch(preview.url)).headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
});

/** Changes a file until the test ends. */
async function whileChanged(path: string, change: (text: string) => string, check: () => Promise<unknown>): Promise<void> {
  const before = readFileSync(inEmails(path), 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(inEmails(path), after);
  try {
    await check();
  } finally {
    await untilCompiled(() => writeFileSync(inEmails(path), before));
  }
}

async function untilCompiled(action: () => void): Promise<void> {
  const { body: version } = await get('/changes');
  action();
  await get(`/changes?since=${version}`);
}

describe('the pages', () => {
  test('list every email with its subject and size', async () => {
    const { status, body } = await get('/');
    expect(status).toBe(200);
    const names = readdirSync(directory).filter((name) => !name.startsWith('_') && name !== 'compiled.json');
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) expect(body).toContain(`href="/email/${name}"`);
    expect(body).toMatch(/href="\/email\/welcome-hello">welcome-hello<\/a><\/th><td>[^<]+<\/td><td>de<\/td>/);
    expect(body).not.toContain(' to mend');
    expect(body).toContain('The Count of Monte Cristo and 1 more in your cart: 15% off');
    expect(body).toMatch(/<td>\d+\.\d KB<\/td><td>ok<\/td>/);
  });

  test('show subject, preheader, text, size and the email in two widths', async () => {
    const { body } = await get(offer);
    expect(body).toContain('<dt>Subject</dt><dd>The Count of Monte Cristo and 1 more in your cart: 15% off</dd>');
    expect(body).toMatch(/<dt>Preheader<\/dt><dd>15% off until [^<]+<\/dd>/);
    expect(body).toMatch(/\d+\.\d KB of 102\.0 KB, after which Gmail clips/);
    expect(body).toMatch(/<pre tabindex="0">[^<]*Dear Ines/);
    for (const device of ['desktop', 'phone']) expect(body).toContain(`<iframe class="${device}"`);
    const source = /<iframe[^>]* src="([^"]+)"[^>]* sandbox="(?!allow-scripts)/.exec(body)?.[1] as string;
    const { body: email, type } = await get(source);
    expect(type).toBe('text/html; charset=utf-8');
    expect(email).toContain('Dear Ines, what');
    const bytes = Number(/value="(\d+)">/.exec(body)?.[1]);
    expect(bytes).toBe(Buffer.byteLength(email));
  });

  test('show a sample that lacks an optional field', async () => {
    const { body } = await get(`${offer}?sample=without-discount`);
    expect(body).toContain('<dd>The Count of Monte Cristo and 1 more in your cart</dd>');
    expect(body).toContain('<dd>We have kept everything as you left it.</dd>');
    expect(body).toContain('<option selected>without-discount</option>');
    expect((await get(`${offer}/html?sample=without-discount`)).body).not.toContain('LANTERN');
    expect(body).toContain('<option>without-items.author</option>');
  });

  test('show a sample without products', async () => {
    const { body } = await get('/email/welcome-picks?sample=without-items');
    expect(body).toContain('<dd>Where to start</dd>');
  });

  test('switch between the languages of an email, and keep the data that were chosen', async () => {
    const { body } = await get(`${offer}?sample=without-discount`);
    expect(body).toContain('href="?sample=without-discount&#38;language=de"');
    expect(body).toContain('href="?sample=without-discount" aria-current="true"');
    const { body: german } = await get(`${offer}?sample=without-discount&language=de`);
    expect(german).toContain('<dd>The Count of Monte Cristo und 1 mehr in Ihrem Warenkorb</dd>');
    expect(german).toContain('href="?sample=without-discount&#38;language=de" aria-current="true"');
    expect(german.match(/<form>.*?<input type="hidden" name="language" value="de">.*?<\/form>/gs)).toHaveLength(2);
    expect((await get(`${offer}/html?sample=sample&language=de`)).body).toMatch(/<html lang="de"[\s\S]*12,33\s€/);
    expect((await get('/email/reward')).body).not.toContain('<nav');
    expect(await get(`${offer}?language=fr`)).toMatchObject({ status: 404, body: expect.stringContaining('there are de') });
  });

  test('say what there is when something does not exist', async () => {
    expect(await get('/email/nothing')).toMatchObject({
      status: 404,
      body: expect.stringContaining('abandoned-cart-offer, abandoned-cart-offer-bold'),
    });
    expect(await get('/email/constructor')).toMatchObject({ status: 404 });
    expect(await get(`${offer}?sample=x`)).toMatchObject({ status: 404, body: expect.stringContaining('there are sample, without-') });
    expect(await get('/x')).toMatchObject({ status: 404, body: expect.stringContaining('/email/NAME') });
    expect(await fetch(preview.url, { method: 'POST' })).toMatchObject({ status: 405 });
  });

  test('say that Gmail clips, and what else the build would refuse', async () => {
    const long = `<mj-raw><!-- htmlmin:ignore --><p>${'x'.repeat(103 * 1024)}</p></mj-raw>`;
    await whileChanged(
      'abandoned-cart-offer/email.mjml',
      (text) => text.replace('<mj-body>', `<mj-body>${long}`),
      async () => {
        await shows(offer, 'so Gmail clips it');
        expect((await get(offer)).body).toContain('The build would refuse this email');
        expect((await get('/')).body).toMatch(/<td>\d+ to mend<\/td>/);
      },
    );
  });
});

describe('a change', () => {
  test('is compiled and announced to the pages that wait', async () => {
    const version = /data-version="([^"]+)"/.exec((await get(offer)).body)?.[1] as string;
    let announced = '';
    const waiting = get(`/changes?since=${version}`).then(({ body }) => (announced = body));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(announced).toBe('');
    await whileChanged(
      'abandoned-cart-offer/email.mjml',
      (text) => text.replace('Your cart is still here', 'Changed just now'),
      async () => {
        expect(await waiting).not.toBe(version);
        expect((await get(`${offer}/html`)).body).toContain('Changed just now');
      },
    );
    expect((await get(`${offer}/html`)).body).toContain('Your cart is still here');
  });

  test('is seen when an editor puts a new file in the place of the old one, and in shared parts', async () => {
    const shared = inEmails('_shared/header.mjml');
    const before = readFileSync(shared, 'utf8');
    writeFileSync(`${shared}.tmp`, before.replaceAll('{{ brand.name }}', 'Replaced'));
    renameSync(`${shared}.tmp`, shared);
    await shows(`${offer}/html`, 'Replaced');
    await untilCompiled(() => writeFileSync(shared, before));
  });

  test('may add an email', async () => {
    cpSync(inEmails('abandoned-cart-offer'), inEmails('newcomer'), { recursive: true });
    await shows('/', 'href="/email/newcomer"');
    await untilCompiled(() => rmSync(inEmails('newcomer'), { recursive: true }));
    await eventually('its end', async () => ((await get('/')).body.includes('newcomer') ? undefined : true));
  });
});

describe('a mistake', () => {
  const mistakes: { what: string; path: string; at?: string; change: (text: string) => string; says: string[] }[] = [
    {
      what: 'in MJML',
      path: 'abandoned-cart-offer/email.mjml',
      change: (text) => text.replace('<mj-body>', '<mj-body><mj-text>out of place</mj-text>'),
      says: ['emails/abandoned-cart-offer/email.mjml', 'mj-text'],
    },
    {
      what: 'in a shared part',
      path: '_shared/book.mjml',
      change: (text) => `${text}<mj-nonsense />`,
      says: ['emails/_shared/book.mjml', 'mj-nonsense'],
    },
    {
      what: 'in an include',
      path: 'abandoned-cart-offer/email.mjml',
      change: (text) => text.replace('_shared/more', '_shared/gone'),
      says: ['emails/abandoned-cart-offer/email.mjml', 'names a file that is not there'],
    },
    {
      what: 'in the sample',
      path: 'abandoned-cart-offer/sample.json',
      change: () => '{ "brand": ',
      says: ['emails/abandoned-cart-offer/sample.json', 'JSON'],
    },
    {
      what: 'in what the sample holds',
      path: 'abandoned-cart-offer/sample.json',
      change: () => '{}',
      says: ['emails/abandoned-cart-offer/sample.json', 'brand: '],
    },
    {
      what: 'in Liquid of the text',
      path: 'abandoned-cart-offer/text.liquid',
      change: (text) => `${text}{% if %}`,
      says: ['emails/abandoned-cart-offer/text.liquid', 'cannot be rendered', 'line:'],
    },
    {
      what: 'in Liquid of another language',
      path: 'abandoned-cart-offer/text.de.liquid',
      at: `${offer}?language=de`,
      change: (text) => `${text}{% if %}`,
      says: ['emails/abandoned-cart-offer/text.de.liquid', 'cannot be rendered', 'line:'],
    },
    {
      what: 'in Liquid of the HTML',
      path: 'abandoned-cart-offer/email.mjml',
      change: (text) => text.replace('Your cart is still here', '{{ brand.nmae }}'),
      says: ['emails/abandoned-cart-offer/email.mjml', 'undefined variable: brand.nmae<'],
    },
  ];

  test.each(mistakes)('$what is shown with its file and reason, until it is mended', async ({ path, at = offer, change, says }) => {
    await whileChanged(path, change, async () => {
      await shows(at, 'role="alert"');
      const { body } = await get(at);
      for (const text of says) expect(body).toContain(text);
      expect(body).not.toContain(folder);
    });
    expect((await get(at)).body).not.toContain('role="alert"');
  });

  test('in one email leaves the others as they were', async () => {
    await whileChanged(
      'abandoned-cart-offer/email.mjml',
      () => '<mjml>',
      async () => {
        await shows('/email/abandoned-cart-reminder', 'The emails cannot be compiled');
        expect((await get('/email/abandoned-cart-reminder/html')).body).toContain('Ines');
      },
    );
  });

  test('at the start does not keep the preview from starting', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(join(broken, 'lonely'), { recursive: true });
    const second = await startPreview({ directory: broken, port: 0, config });
    const body = await (await fetch(second.url)).text();
    await second.close();
    expect(body).toContain('emails/lonely/');
    expect(body).toContain('no email that could be shown');
  });
});

describe('a person', () => {
  test('gets what send-email would compose for them', async () => {
    const { body } = await get(`${offer}?user=ana`);
    expect(body).toContain('<dd>Middlemarch &#38; &#60;Co&#62; in your cart: 15% off</dd>');
    expect(body).toContain('<dt>Step</dt><dd>abandoned_cart/offer (calm)</dd>');
    const { body: email } = await get(`${offer}/html?user=ana`);
    expect(email).toContain('Dear Ana, what');
    expect(email).toContain('https://preview.invalid/u/');
  });

  test('gets it in another language when that is chosen', async () => {
    expect((await get(`${offer}/html?user=ana&language=de`)).body).toContain('Guten Tag Ana, was');
  });

  test('may look at each variant', async () => {
    const { body } = await get('/email/abandoned-cart-offer-bold?user=ana');
    expect(body).toContain('<dt>Step</dt><dd>abandoned_cart/offer (bold)</dd>');
    expect(body).toContain('15% off Middlemarch');
  });

  test('is told of when they would not get it now', async () => {
    expect((await get(`${offer}?user=ben`)).body).toContain('it would not go now: no-address');
    optedOut = true;
    try {
      expect((await get(`${offer}?user=ana`)).body).toContain('it would not go now: unsubscribed');
    } finally {
      optedOut = false;
    }
  });

  test('must be known and have something in the cart', async () => {
    expect((await get(`${offer}?user=nobody`)).body).toContain('there is no person with the user id &#34;nobody&#34;');
    expect((await get(`${offer}?user=cem`)).body).toContain('has nothing that the email could show');
    expect((await get(`${offer}?user=%22%3E%3Cscript%3E`)).body).not.toContain('"><script>');
  });

  test('is taken to have clicked, where an email asks for that', async () => {
    const { body } = await get('/email/abandoned-cart-reminder?user=ana');
    expect(body).toContain('<dt>Step</dt><dd>abandoned_cart/reminder (calm)</dd>');
  });

  test('whose data do not fit is no fault of a file', async () => {
    const { body } = await get(`${offer}?user=dan`);
    expect(body).toContain('<strong>It cannot be shown</strong>');
    expect(body).toContain('items.0.rating');
  });

  test('needs a Segue that runs', async () => {
    const second = await startPreview({ directory, port: 0, config });
    const body = await (await fetch(`${second.url}${offer}?user=ana`)).text();
    await second.close();
    expect(body).toContain('start with --local');
    expect(body).not.toContain('name="user"');
  });
});
