import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readText, rowsIn } from '../support/markdown.ts';

const root = join(import.meta.dirname, '..', '..');
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

type Named = Record<string, string>;
const { dependencies, devDependencies, optionalDependencies } = readJson('package.json') as Record<string, Named>;
const direct = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });

const documented = new Map(
  rowsIn(readText('docs/dependencies.md')).flatMap(([packages = '', licence = '', why = '']) =>
    [...packages.matchAll(/`([^`]+)`/g)].map((match) => [match[1] as string, { licence, why }] as const),
  ),
);

/** Licences that ask for no more than their text to be kept. MPL-2.0 and CC-BY ask more of who changes the files, which nobody here does. */
const permissive = /^\(?(Apache-2\.0|MIT|MIT-0|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Python-2\.0|MPL-2\.0|CC-BY-4\.0|Unicode-3\.0)( OR [^)]+)?\)?$/;
/** Licences as their authors wrote them, where that is no SPDX name. */
const spelled: Record<string, string> = { 'MIT (http://mootools.net/license.txt)': 'MIT' };

interface Locked {
  license?: string;
  link?: boolean;
}

function licenceOf(path: string, { license }: Locked): string | undefined {
  const file = join(root, path, 'package.json');
  const own = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { license?: string | { type: string }; licenses?: { type: string }[] }) : {};
  const named = license ?? (typeof own.license === 'string' ? own.license : (own.license?.type ?? own.licenses?.[0]?.type));
  // Segment's older packages name none; it stands in the file beside.
  return (named === undefined || named.startsWith('SEE LICENSE')) && isMit(join(root, path, 'LICENSE')) ? 'MIT' : named;
}

const isMit = (file: string): boolean => existsSync(file) && readFileSync(file, 'utf8').replaceAll(/\s+/g, ' ').includes('Permission is hereby granted, free of charge, to any person obtaining a copy');

const locked = Object.entries((readJson('package-lock.json') as { packages: Record<string, Locked> }).packages).filter(([path, { link }]) => path !== '' && !link);

describe('docs/dependencies.md', () => {
  test('[S1] names every package of package.json, and no other', () => {
    expect([...documented.keys()].toSorted()).toEqual(direct.toSorted());
  });

  test('says why, and the licence that the package itself names', () => {
    for (const [name, { licence, why }] of documented) {
      expect(why, name).not.toBe('');
      const at = `node_modules/${name}`;
      if (existsSync(join(root, at, 'package.json'))) expect({ name, licence }).toEqual({ name, licence: licenceOf(at, {}) });
    }
  });
});

test('[S1] everything that is installed may be used in any product', () => {
  expect(locked.length).toBeGreaterThan(direct.length);
  const installed = locked.filter(([path]) => existsSync(join(root, path, 'package.json')));
  const doubtful = installed.map(([path, entry]) => ({ path, licence: licenceOf(path, entry) ?? 'none' })).filter(({ licence }) => !permissive.test(spelled[licence] ?? licence));
  expect(doubtful).toEqual([]);
});

test('[S1] nothing that was taken out for its holes comes back', () => {
  expect(direct).not.toContain('s3rver');
  expect(locked.map(([path]) => path).filter((path) => /node_modules\/(s3rver|busboy|dicer)$/.test(path))).toEqual([]);
});
