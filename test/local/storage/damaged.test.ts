import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openEventBus } from '../../../local/eventbridge/bus.ts';
import { runSchedules } from '../../../local/eventbridge/schedules.ts';
import { readPositions } from '../../../local/kinesis/event-source.ts';
import { lockFolder } from '../../../local/lock.ts';
import { openMailStore } from '../../../local/ses/store.ts';
import { createParameterServer } from '../../../local/ssm/server.ts';
import { readEndpoints } from '../../../local/stack/endpoints.ts';
import { ensureKeys } from '../../../local/stack/keys.ts';
import { createResolver } from '../../../local/step-functions/intrinsics.ts';
import { openStates } from '../../../local/step-functions/states.ts';
import { diskFullMessage, isDiskFull } from '../../../local/storage/disk-full.ts';
import { DamagedFile } from '../../../local/storage/files.ts';
import { checkLevel, levelMessage } from '../../../local/storage/level.ts';
import { openObjectStore } from '../../../local/storage/s3/store.ts';
import { openClock } from '../../../local/time/clock.ts';
import { fakeClock } from '../../support/fake-clock.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'damaged-'))));
afterEach(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const resolver = createResolver({ stackName: 't', resources: {}, parameters: {}, conditions: {}, mappings: {}, assetFolders: new Map() }, { region: 'r', accountId: '0', apiUrl: '' });
const clock = fakeClock(0);
const never = async () => undefined;
const signal = new AbortController().signal;
const mail = { messageId: 'm', from: 'f', to: [], subject: 's', headers: [], tags: {}, links: [], sentAtMs: 0, outcome: 'delivered', openCount: 0, clicked: [] };
const started = { type: 'started', machineArn: 'arn:aws:states:r:0:stateMachine:cart', name: 'one', definition: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}', input: '{}', atMs: 0 };
const ended = { type: 'ended', status: 'SUCCEEDED', atMs: 1 };
const states = (warn?: (message: string) => void) => openStates([], at('executions'), { clock, invoke: never, ...(warn && { warn }) });

/** Each kind of file in a data folder: its name, what it holds when it is whole, and who reads it. */
const kinds: [name: string, whole: string, read: () => unknown][] = [
  ['lock.json', JSON.stringify({ pid: 1 }), () => lockFolder(folder)],
  ['endpoints.json', JSON.stringify({ pid: 1, region: 'r' }), () => readEndpoints(folder)],
  ['keys.json', JSON.stringify({ web: 'web_1', server: 'server_1' }), () => ensureKeys(at('keys.json'), undefined as never, 'control', 0)],
  ['schedules.json', JSON.stringify({ Refresh: { anchorMs: 1, lastMs: 2 } }), () => runSchedules(resolver, { clock, invoke: never, warn: () => {}, file: at('schedules.json') }, signal)],
  ['events/1.json', JSON.stringify({ version: '0', id: '1', detail: {} }), () => openEventBus(resolver, at('events'), never, () => {}, signal)],
  ['clock.json', JSON.stringify({ virtualMs: 5 }), () => openClock({ file: at('clock.json'), scale: 1 }).close()],
  ['parameters.json', JSON.stringify({ key: { type: 'String', value: 'v', version: 1 } }), () => createParameterServer(at('parameters.json'))],
  ['checkpoints-1.json', JSON.stringify({ 'shard-0': { sequenceNumber: '1' } }), () => readPositions(at('checkpoints-1.json'))],
  ['mail/messages/m.json', JSON.stringify(mail), () => openMailStore(at('mail'))],
  ['mail/suppressed.json', JSON.stringify(['a@reader.example']), () => openMailStore(at('mail'))],
  ['executions/cart/one.jsonl', `${JSON.stringify(started)}\n${JSON.stringify(ended)}\n`, () => states()],
];

const write = (name: string, text: string | Buffer) => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
};
/** What the reader says, thrown or rejected. */
const problemOf = async (read: () => unknown) => {
  try {
    await read();
    return undefined;
  } catch (error) {
    return error;
  }
};

describe.each(kinds)('%s', (name, whole, read) => {
  test('is read when it is whole', async () => {
    write(name, whole);
    expect(await problemOf(read)).not.toBeInstanceOf(DamagedFile);
  });

  const isJournal = name.endsWith('.jsonl');
  test.each([
    // A kill can leave these two of a journal, which is left out then.
    ...(isJournal ? [] : [['empty', ''] as const, ['cut in half', whole.slice(0, whole.length / 2)] as const]),
    ['garbage', Buffer.from([0, 255, 10, 7, 123, 10])] as const,
    ['of zeros', Buffer.alloc(64)] as const,
    ...(isJournal ? [['broken in the middle', whole.replace('}', '\n')] as const] : [['something else', '7'] as const]),
  ])('is named, with what to do, when it is %s; nothing is written over it', async (_, text) => {
    write(name, text);
    const before = readFileSync(at(name));
    const problem = (await problemOf(read)) as Error;
    if (isJournal && !Buffer.from(text).includes(0x0a)) {
      expect(problem).toBeUndefined();
    } else {
      expect(problem).toBeInstanceOf(DamagedFile);
      expect(problem.message).toContain(at(name));
      expect(problem.message).toMatch(/(Delete it|Move it away|Start Segue again)/);
      expect(problem.message).not.toContain('\n');
    }
    expect(readFileSync(at(name)).equals(before)).toBe(true);
  });
});

test.each(['', JSON.stringify(started).slice(0, 40)])('a workflow of which no line is whole is left out, and said (%j)', (text) => {
  write('executions/cart/one.jsonl', text);
  const warnings: string[] = [];
  expect(states((message) => warnings.push(message)).list()).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining(at('executions/cart/one.jsonl'))]);
  expect(readFileSync(at('executions/cart/one.jsonl'), 'utf8')).toBe(text);
});

test('what lies beside an object of S3 is named, and the object stays', () => {
  const store = openObjectStore(at('s3'));
  store.createBucket('bucket');
  store.put('bucket', 'a/b', Buffer.from('text'), { contentType: 'text/plain' });
  const beside = readdirSync(at('s3'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).find((name) => readFileSync(name, 'utf8').includes('"etag"')) as string;
  for (const text of ['', '{"bytes":', '[]']) {
    writeFileSync(beside, text);
    expect(() => store.head('bucket', 'a/b')).toThrow(beside);
  }
  rmSync(beside);
  expect(store.get('bucket', 'a/b').body.toString()).toBe('text');
});

describe('a LevelDB', () => {
  const level = (files: Record<string, string>) => Object.entries(files).forEach(([name, text]) => write(`dynamodb/${name}`, text));
  const whole = { CURRENT: 'MANIFEST-000004\n', 'MANIFEST-000004': 'x', '000005.ldb': 'x' };

  test.each<[string, Record<string, string>, string | undefined]>([
    ['whole', whole, undefined],
    ['new', {}, undefined],
    ['with an empty head', { ...whole, CURRENT: '' }, 'CURRENT is empty'],
    ['with half a head', { ...whole, CURRENT: 'MANIF' }, 'CURRENT is damaged'],
    ['with a head of zeros', { ...whole, CURRENT: '\0\0\0\n' }, 'CURRENT is damaged'],
    ['without its head', { 'MANIFEST-000004': 'x', '000005.ldb': 'x' }, 'CURRENT is missing'],
    ['with an empty manifest', { ...whole, 'MANIFEST-000004': '' }, 'MANIFEST-000004 is empty'],
    ['without its manifest', { CURRENT: whole.CURRENT, '000005.ldb': 'x' }, 'MANIFEST-000004 is missing'],
  ])('%s is opened, or named', (_, files, problem) => {
    level(files);
    const check = () => checkLevel(at('dynamodb'));
    if (problem === undefined) check();
    else expect(check).toThrow(`${at('dynamodb')}/${problem}`);
  });

  test('that turns out to be damaged later is told in one line', () => {
    const open = Object.assign(new Error('Corruption: no meta-nextfile entry in descriptor'), { name: 'OpenError' });
    const cases: [unknown, string | undefined][] = [
      [open, '/d/kinesis is damaged'],
      [new Error('start', { cause: new Error('Database is closed') }), '/d/dynamodb is damaged'],
      [new Error('IO error: /d/dynamodb/000005.ldb: Invalid argument\nmore'), '/d/dynamodb is damaged (IO error'],
      [new Error('Corruption: block checksum mismatch'), '/d/dynamodb or /d/kinesis is damaged'],
      [new TypeError('x is not a function'), undefined],
    ];
    for (const [error, expected] of cases) {
      const said = levelMessage(error, '/d');
      if (expected === undefined) expect(said).toBeUndefined();
      else expect(said).toMatch(new RegExp(`^${expected.replace('(', '\\(')}[^\n]*--fresh`));
    }
  });
});

test('a full disk is told by the words of the system and of LevelDB, wherever they stand', () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write '/d/clock.json.next'"), { code: 'ENOSPC' });
  expect([full, new Error('failed', { cause: full }), new Error('IO error: /d/000003.log: No space left on device')].map(isDiskFull)).toEqual([true, true, true]);
  expect([new Error('disk'), Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOSPC', undefined].map(isDiskFull)).toEqual([false, false, false, false]);
  expect(diskFullMessage('/d', full)).not.toContain('\n');
});
