import { expect, test } from 'vitest';
import { defineStages } from '../../../lambdas/schemas/stages.ts';
import { firstChecks, otherChecks } from '../../../tools/doctor/checks.ts';
import { parseOptions } from '../../../tools/doctor/options.ts';
import { readText, rowsIn } from '../../support/markdown.ts';

const stages = defineStages({ dev: {}, prod: {} });

test('docs/doctor.md has each check with its permissions, and no other', () => {
  const documented = rowsIn(readText('docs/doctor.md')).filter(([name]) => name !== 'check' && !name?.startsWith('-')).map(([name = '', , permissions = '']) => ({ name, permissions: [...permissions.matchAll(/`([^`]+)`/g)].map((match) => match[1]) }));
  expect(documented.slice(0, firstChecks.length + otherChecks.length)).toEqual([...firstChecks, ...otherChecks].map(({ name, permissions }) => ({ name, permissions: [...permissions] })));
});

test.each([
  [[], '--stage is missing: must be one of dev, prod'],
  [['--stage', 'staging'], '--stage "staging": must be one of dev, prod, which stages.ts describes'],
  [['--stage', 'prod', '--local'], '--local and --stage exclude each other'],
  [['prod'], '"prod": is no option; see --help'],
  [['--local', 'data', 'prod'], '"prod": is no option; see --help'],
  [['--stage', 'prod', '--yaml'], 'unknown option --yaml; there are --stage, --local, --json, --help'],
])('%j is refused', (argv, message) => {
  expect(() => parseOptions(argv, stages)).toThrow(message);
});

test('a stage or this machine', () => {
  expect(parseOptions(['--stage', 'prod', '--json'], stages)).toEqual({ where: { stageName: 'prod' }, isJson: true });
  expect(parseOptions(['--local'], stages)).toEqual({ where: { dataDir: '.segue' }, isJson: false });
  expect(parseOptions(['--help'], stages)).toBe('help');
});
