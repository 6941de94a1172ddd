import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../tools/report/options.ts';

describe('npm run report', () => {
  test('reports on the present month of the stage dev, unless told otherwise', () => {
    expect(parseOptions([])).toEqual({ stage: 'dev', outDir: '.' });
    expect(parseOptions(['--stage', 'prod', '--month', '2026-10', '--out', 'reports'])).toEqual({ stage: 'prod', month: '2026-10', outDir: 'reports' });
    expect(parseOptions(['--local'])).toEqual({ stage: 'dev', dataDir: '.segue', outDir: '.' });
  });

  test.each([
    [['--month', '2026-13'], /--month: month "2026-13": must be a year and a month/],
    [['--month'], /--month needs a value/],
    [['--local', 'x', '--stage', 'prod'], /exclude each other/],
    [['2026-10'], /"2026-10": a report takes only options/],
    [['--mail'], /unknown option --mail/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(expect.objectContaining({ name: 'UsageError', message: expect.stringMatching(message) }));
  });
});
