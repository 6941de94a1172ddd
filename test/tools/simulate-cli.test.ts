import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import bookstore from '../../examples/bookstore/segue.config.ts';
import { configWith } from '../support/events.ts';

const folder = mkdtempSync(join(tmpdir(), 'simulate-'));
const events = 'examples/bookstore/events.jsonl';

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const run = (args: string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/simulate.ts', ...args], { input, encoding: 'utf8' });
  return { status, stdout, stderr };
};

describe('the command', () => {
  test('replays the bookstore and prints JSON', () => {
    const { status, stdout } = run([events, '--json', '--at', '2026-12-31', '--user', 'hana']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      at: '2026-12-31T00:00:00.000Z',
      people: 16,
      events: { duplicates: 1, refused: { count: 0 } },
      person: { userKey: 'u#hana' },
    });
  });

  test('reads standard input, another config, and CSV by its ending', () => {
    const config = file('config.json', JSON.stringify(configWith({ segments: [{ name: 'all', title: '', when: { did: '*' } }] })));
    const piped = run(
      ['-', '--json', '--config', config],
      '{"type":"track","event":"a","userId":"ana","timestamp":"2026-03-01T00:00:00Z"}\n',
    );
    expect(JSON.parse(piped.stdout)).toMatchObject({ sizes: [{ segments: { all: 1, everyone_else: 0 } }] });
    const csv = run([file('events.csv', 'who,event,time\nana,purchase,2026-03-01\n'), '--columns', 'user=who']);
    expect(csv.status).toBe(0);
    expect(csv.stdout).toContain('1 events read, 1 applied');
    const latin = join(folder, 'latin.csv');
    writeFileSync(latin, Buffer.from('user,event,time,name\nana,purchase,01.03.2026,Böll\n', 'latin1'));
    expect(run([latin, '--date-format', 'DD.MM.YYYY'])).toMatchObject({ status: 1, stderr: expect.stringContaining('line 2: not UTF-8') });
    expect(run([latin, '--date-format', 'DD.MM.YYYY', '--encoding', 'windows-1252']).stdout).toContain('1 events read, 1 applied');
  });

  test('--help explains', () => {
    expect(run(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('npm run simulate -- FILE') });
  });

  test('fails when nothing could be read, and says why', () => {
    expect(run(['-'], 'x\ny\n')).toEqual({
      status: 1,
      stdout: '',
      stderr: '-: no event could be read; 2 lines were refused\n  line 1: not JSON\n  line 2: not JSON\n',
    });
  });

  test.each([
    [[], 'a file of events is missing'],
    [['--foo', events], 'unknown option --foo; there are --csv, --columns, --encoding, --date-format, --config, --at, --user, --workers, --json, --help'],
    [[events, '--workers', '0'], '--workers: "0": must be a whole number'],
    [[events, '--workers', '65'], '--workers: "65": must be 64 at most'],
    [['nowhere.jsonl'], 'nowhere.jsonl: there is no such file'],
    [['docs'], 'docs: is a folder'],
    [[events, 'more.jsonl'], 'one file only: "more.jsonl" is too much'],
    [[events, '--at', 'tomorrow'], '--at: "tomorrow": must be a time such as 2026-05-01'],
    [[events, '--at', '2020-01-01'], '--at: 2020-01-01 00:00: must not be before the first event, 2026-04-24 08:00'],
    [[events, '--at'], '--at needs a value'],
    [[events, '--json=yes'], '--json: "yes": takes no value'],
    [[events, '--columns', 'user=who'], '--columns is for CSV only; add --csv'],
    [[events, '--csv', '--columns', 'who'], '--columns: "who": must be <name>=<column>'],
    [[events, '--user', 'nobody'], '--user: "nobody": no event names this user or anonymous id'],
    [[events, '--config', 'nowhere.ts'], '--config: nowhere.ts: there is no such file'],
    [[events, '--config', file('empty.ts', 'export const a = 1;')], 'has no default export'],
    [[events, '--config', file('broken.json', JSON.stringify({ ...bookstore, conversions: [] }))], 'conversions: []: '],
    [[events, '--config', file('half.json', '{')], 'half.json:\n  Expected property name'],
  ])('%j is refused with exit code 2', (args, message) => {
    const { status, stderr, stdout } = run(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});
