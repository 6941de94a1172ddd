import type { EmailContext } from './sources.ts';

/**
 * Declared values in places where escaping does not keep them text, one line each: in a style, and in a link unless they are
 * links themselves or encoded as a part of one. Somebody may have sent `javascript:` as their company's name.
 */
export function misplacedValues(html: string, { person, entry }: EmailContext): string[] {
  const problems = new Set<string>();
  for (const [, of, name] of inStyles(html)) problems.add(`${of}.${name} stands in a style; it may only stand in the text`);
  for (const [, value = ''] of html.matchAll(/\b(?:href|src|action|background)="([^"]*)"/gi)) {
    for (const match of value.matchAll(uses)) {
      const [, of = '', name = '', filters = ''] = match;
      const type = (of === 'person' ? person : entry)[name]?.type;
      const isPart = match.index > 0 && /\|\s*url_encode\b/.test(filters);
      if (type !== 'url' && !isPart) problems.add(`${of}.${name} stands in a link; declare it with the type url, or put it behind the start of a link with | url_encode`);
    }
  }
  return [...problems];
}

const uses = /\{\{-?\s*(person|entry)\.(\w+)([^}]*)\}\}/g;

const inStyles = (html: string): RegExpExecArray[] =>
  [...html.matchAll(/\bstyle="([^"]*)"|<style[^>]*>([\s\S]*?)<\/style>/gi)].flatMap(([, attribute = '', element = '']) => [...(attribute + element).matchAll(uses)]);
