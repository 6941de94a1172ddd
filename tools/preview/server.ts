import type { HttpAnswer } from '../../local/api-gateway/responses.ts';
import { refusalOfPage } from '../../local/stack/local-only.ts';
import { closeServer } from '../../local/stack/emulators.ts';
import { createHttpServer, listen } from '../../local/stack/http-server.ts';
import { checkEmail } from '../emails/checks.ts';
import { campaignsWith, contextOf } from '../emails/sources.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { EmailSource } from '../emails/compiler.ts';
import { UsageError } from '../simulate/errors.ts';
import { emailPage, listPage, listTitle, page, unknownPage, type Listed } from './page.ts';
import { languagesOf, renderChoice, type Choice, type Outcome, type RenderedView } from './render.ts';
import { sampleNames } from './samples.ts';
import { previewScript } from './script.ts';
import { openEmails, type EmailCollection } from './emails.ts';

export interface PreviewOptions extends RenderedView {
  /** Folder of the emails. */
  directory: string;
  /** 0 takes any that is free. */
  port: number;
}

export interface Preview {
  url: string;
  close(): Promise<void>;
}

/** A page asks again after this time, so that no connection stays open for ever. */
const holdMs = 25_000;

/** @throws UsageError when the port is in use */
export async function startPreview(options: PreviewOptions): Promise<Preview> {
  const shelf = await openEmails(options.directory, options.config);
  const server = createHttpServer(
    async (request, url) => {
      const refusal = refusalOfPage(request);
      return refusal === undefined ? answerTo(shelf, options, request.method ?? '', url) : plain(403, refusal);
    },
    (message) => console.error(`preview: ${message}`),
  );
  try {
    const url = await listen(server, options.port);
    return {
      url,
      close: async () => {
        shelf.close();
        await closeServer(server);
      },
    };
  } catch (error) {
    shelf.close();
    throw new UsageError((error as Error).message);
  }
}

async function answerTo(shelf: EmailCollection, sight: RenderedView, method: string, url: URL): Promise<HttpAnswer> {
  if (method !== 'GET') return plain(405, `${method}: only GET is allowed`);
  if (url.pathname === '/') return htmlAnswer(200, await list(shelf, sight));
  if (url.pathname === '/preview.js') return answer(200, 'text/javascript', previewScript);
  if (url.pathname === '/changes') {
    await shelf.changeSince(url.searchParams.get('since') ?? '', holdMs);
    return plain(200, shelf.version());
  }
  const [, name, alone] = /^\/email\/([^/]+)(\/html)?$/.exec(url.pathname) ?? [];
  if (name === undefined) return plain(404, `${url.pathname}: there are /, /email/NAME and /email/NAME/html`);
  return email(shelf, sight, { name: decodeURIComponent(name), query: url.searchParams, isAlone: alone !== undefined });
}

async function list(shelf: EmailCollection, sight: RenderedView): Promise<string> {
  const emails: Listed[] = [];
  for (const [name, source] of Object.entries(shelf.sources())) {
    const outcome = await renderChoice(sight, name, source, { sample: 'sample' });
    emails.push({ name, outcome, languages: languagesOf(source), warnings: warningsOf(sight.config, name, source, outcome) });
  }
  return page({ title: listTitle, version: shelf.version(), problem: shelf.problem() }, listPage(emails)).text;
}

interface Asked {
  name: string;
  query: URLSearchParams;
  /** The email itself, for a frame. */
  isAlone: boolean;
}

async function email(shelf: EmailCollection, sight: RenderedView, { name, query, isAlone }: Asked): Promise<HttpAnswer> {
  const sources = shelf.sources();
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  const frame = { title: name, version: shelf.version(), problem: shelf.problem() };
  if (source === undefined) return htmlAnswer(404, page(frame, unknownPage('email', name, Object.keys(sources))).text);
  const user = query.get('user');
  const language = query.get('language');
  const choice: Choice = {
    ...(user === null ? { sample: query.get('sample') ?? 'sample' } : { user }),
    ...(language !== null && { language }),
  };
  if ('sample' in choice && !sampleNames.includes(choice.sample))
    return htmlAnswer(404, page(frame, unknownPage('sample', choice.sample, sampleNames)).text);
  const languages = languagesOf(source);
  if (language !== null && !languages.includes(language))
    return htmlAnswer(404, page(frame, unknownPage('language', language, languages)).text);
  const outcome = await renderChoice(sight, name, source, choice);
  if (isAlone) return 'rendered' in outcome ? htmlAnswer(200, outcome.rendered.html) : plain(422, outcome.problem.reason);
  const view = { name, choice, outcome, languages, warnings: warningsOf(sight.config, name, source, outcome), hasPeople: sight.openStores !== undefined };
  return htmlAnswer(200, page(frame, emailPage(view)).text);
}

/** An email that cannot be shown says why; the checks would say the same once more. */
const warningsOf = (config: Config, name: string, source: EmailSource, outcome: Outcome): string[] =>
  'rendered' in outcome ? checkEmail(name, source, contextOf(config, campaignsWith(config, name)[0])) : [];

const htmlAnswer = (status: number, body: string): HttpAnswer => answer(status, 'text/html', body);
const plain = (status: number, body: string): HttpAnswer => answer(status, 'text/plain', body);
const answer = (status: number, type: string, body: string): HttpAnswer => ({
  status,
  headers: { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin', 'content-security-policy': "frame-ancestors 'self'", 'referrer-policy': 'same-origin', 'x-content-type-options': 'nosniff' },
  body,
});
