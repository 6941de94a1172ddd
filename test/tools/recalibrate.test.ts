import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../tools/recalibrate/options.ts';
import { showRecord } from '../../tools/recalibrate/show.ts';

describe('the options of recalibrate', () => {
  test('name one action, and where', () => {
    expect(parseOptions([])).toEqual({ stage: 'dev', action: { do: 'run' } });
    expect(parseOptions(['--stage', 'prod', '--dry-run'])).toEqual({ stage: 'prod', action: { do: 'dry-run' } });
    expect(parseOptions(['--local', '--roll-back', '0'])).toEqual({ stage: 'dev', dataDir: '.segue', action: { do: 'roll-back', version: 0 } });
    expect(parseOptions(['--approve', '--help'])).toBe('help');
  });

  test.each([
    [['--approve', '--reject'], '--approve and --reject exclude each other'],
    [['--roll-back', 'last'], '--roll-back "last": must be the number of a version, or 0 for the config; --list shows them'],
    [['--roll-back'], '--roll-back needs a value'],
    [['--local', '--stage', 'dev'], '--local and --stage exclude each other'],
    [['now'], '"now": recalibrate takes only options; see --help'],
    [['--aprove'], 'unknown option --aprove'],
  ])('%j are refused', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});

test('a version is shown with what led to it', () => {
  const change = { threshold: 'engaged', from: 50, to: 60, wanted: 71.234, method: 'profit', basis: 'holdout', sampleSize: 900, converted: 80, mailedShare: 0, interval: { low: 66, high: 75.5 }, psi: 0.0312, shareBefore: 0.2, shareAfter: 0.125, decision: 'step-limited' } as const;
  const shown = showRecord({ version: 3, month: '2026-11', outcomeMonth: '2026-10', madeAtMs: Date.UTC(2026, 10, 1, 3), people: 5000, values: {}, changes: [change], moves: [{ from: 'fans', to: 'everyone_else', people: 12 }] });
  expect(shown).toBe(`version 3, for 2026-11, of 2026-11-01T03:00:00.000Z, 5000 people, outcomes of 2026-10
  engaged: 50 -> 60, moved by one step, the most in a month
    share at or over it 20% -> 12.5%; by expected profit; 900 people with a score; 80 converted; of the holdout; 0% were mailed; wanted 71.23; 95% interval 66 to 75.5; stability index 0.0312
people who change segments:
  fans -> everyone_else: 12 people`);
});

test('the command helps, and ends with 2 when it was typed wrongly', async () => {
  const command = (...args: string[]) => promisify(execFile)(process.execPath, ['tools/recalibrate.ts', ...args]);
  expect((await command('--help')).stdout).toContain('npm run recalibrate -- [options]');
  await expect(command('--what')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('recalibrate: unknown option --what') });
});
