import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

export interface Pages {
  url: string;
  close(): Promise<void>;
}

const folderOf = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

/**
 * A shop's web server: empty pages, and the libraries as an owner would host them. `/empty` is a page without any.
 * @param scripts source of `/<name>.js` by name: modules that import packages, bundled as a shop's own build would
 */
export async function startPages(scripts: Record<string, string>): Promise<Pages> {
  const segment = folderOf('@segment/analytics-next');
  const files = new Map<string, string | Buffer>();
  for (const [name, contents] of Object.entries(scripts)) {
    const { outputFiles } = await build({ stdin: { contents, resolveDir: import.meta.dirname }, bundle: true, format: 'iife', platform: 'browser', write: false, logLevel: 'silent' });
    files.set(`/${name}.js`, outputFiles[0]!.text);
  }
  const server = createServer(({ url: path = '/' }, response) => {
    const [, key] = /^\/analytics\.js\/v1\/([^/]+)\/analytics\.min\.js$/.exec(path) ?? [];
    const [, settingsOf] = /^\/v1\/projects\/([^/]+)\/settings$/.exec(path) ?? [];
    const send = (type: string, body: string | Buffer) => response.writeHead(200, { 'content-type': type }).end(body);
    if (key) send('text/javascript', readFileSync(join(segment, 'dist/umd/standalone.js')));
    else if (settingsOf) send('application/json', JSON.stringify({ integrations: { 'Segment.io': { apiKey: settingsOf } } }));
    else if (files.has(path)) send('text/javascript', files.get(path)!);
    else send('text/html', '<!doctype html><title>Shop</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
