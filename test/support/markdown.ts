import { readFileSync } from 'node:fs';

export const readText = (path: string): string => readFileSync(path, 'utf8');

/** Targets of links and pictures: `docs/events.md`, `docs/runbook.md#bounces`, `#limits`. */
export const linksIn = (markdown: string): string[] => [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);

/** Anchors that GitHub makes of headings. */
export const anchorsIn = (markdown: string): string[] =>
  [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Rows of all tables, as cells. */
export const rowsIn = (markdown: string): string[][] =>
  [...markdown.matchAll(/^\|(.+)\|$/gm)].map((match) => (match[1] as string).split('|').map((cell) => cell.trim()));

const withoutCode = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```/gm, '');
