import { createRequire } from 'node:module';
import { transformSync } from 'esbuild';
import { readText } from '../markdown.ts';
import { serverKey, webKey } from './edge.ts';

const origin = 'https://abc123.execute-api.eu-west-1.amazonaws.com';

/**
 * A piece of code of docs/clients.md, with nothing but endpoint and keys put in.
 * @throws Error naming the heading when there is no code of that language under it
 */
export function recipe(heading: string, language: 'ts' | 'js', endpoint: string): string {
  const section = readText('docs/clients.md')
    .split(/^#+ /m)
    .find((text) => text.startsWith(`${heading}\n`));
  const code = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(section ?? '')?.[1];
  if (code === undefined) throw new Error(`docs/clients.md has no ${language} code under "${heading}"`);
  const real = new URL(endpoint);
  return code
    .replaceAll(origin, real.origin)
    .replaceAll(new URL(origin).host, real.host)
    .replaceAll('/prod', real.pathname.slice(0, -1))
    .replaceAll('WEB_KEY', webKey)
    .replaceAll('SERVER_KEY', serverKey);
}

/** Runs a recipe for Node. @returns its `analytics` */
export function runRecipe(heading: string, language: 'ts' | 'js', endpoint: string): unknown {
  const { code } = transformSync(`${recipe(heading, language, endpoint)}\nmodule.exports = analytics;`, { loader: language, format: 'cjs' });
  const module = { exports: undefined as unknown };
  // Code of our own documentation.
  new Function('require', 'module', 'exports', code)(createRequire(import.meta.url), module, {});
  return module.exports;
}
