import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createBacklog } from '../../lambdas/adapters/profiles/backlog.ts';
import { afterErasure, erasedHash } from '../../lambdas/domain/profile/erasure.ts';
import { isItemOf, isRecordOf, type Marks } from '../../tools/person/marks.ts';
import { partArchive, partLetter } from '../../tools/person/objects.ts';
import { parseOptions } from '../../tools/person/options.ts';
import { readTables } from '../../tools/person/records.ts';
import type { PersonTarget } from '../../tools/person/target.ts';
import { identify, startMs, track } from '../support/events.ts';
import { memoryDocuments } from '../support/memory-dynamo.ts';

const marks: Marks = { keys: ['u#ana', 'a#d1'], addresses: ['ana@reader.example'], sendIds: ['s1'], executionNames: ['cart-1'] };
const record = (event: object) => JSON.stringify({ v: 1, type: 'track', event });

describe('a record is the person\'s', () => {
  test.each([
    [{ userId: 'ana' }, true],
    [{ anonymousId: 'd1' }, true],
    [{ userId: 'ben', anonymousId: 'd1' }, true],
    [{ userId: 'ben', previousId: 'd1' }, true],
    [{ userId: 'x', traits: { email: ' Ana@Reader.example' } }, true],
    [{ anonymousId: 'x', context: { traits: { email: 'ana@reader.example' } } }, true],
    [{ userId: 'd1' }, false],
    [{ anonymousId: 'ana' }, false],
    [{ userId: 'anabel' }, false],
    [{ userId: 'ben', properties: { friend: 'ana@reader.example', text: 'ana' } }, false],
    [{}, false],
  ])('%j: %j', (event, isTheirs) => expect(isRecordOf(record(event), marks)).toBe(isTheirs));

  test('numbers are ids, too', () => expect(isRecordOf(record({ userId: 7 }), { ...marks, keys: ['u#7'] })).toBe(true));
  test('what cannot be read is theirs when it holds their id', () => {
    expect([isRecordOf('{"userId":"ana"', marks), isRecordOf('{"userId":"anabel"', marks)]).toEqual([true, false]);
  });
});

test.each([
  [{ kind: 'opt-out', id: 'u#ana#offers' }, true],
  [{ kind: 'contact', id: 'u#ana' }, true],
  [{ kind: 'coupon', id: 'CODE', sendId: 's1', productIds: new Set(['b1']) }, true],
  [{ kind: 'wait', id: 'cart-1#click' }, true],
  [{ kind: 'contact', id: 'u#anabel' }, false],
  [{ kind: 'wait', id: 'cart-10#click' }, false],
])('the item %j is theirs: %j', (item, isTheirs) => expect(isItemOf(item, marks)).toBe(isTheirs));

test('events that wait to be applied are theirs, and those of others stay', async () => {
  const documents = memoryDocuments();
  const backlog = createBacklog(documents, 'profiles');
  for (const userKey of ['u#ana', 'u#anabel']) await backlog.add(userKey, [{ sequenceNumber: '1', partitionKey: userKey.slice(2), data: 'e30=' }], startMs);
  const target = { documents, profilesTable: 'profiles', controlTable: 'control', sendsTable: 'sends' } as unknown as PersonTarget;
  const { records } = await readTables(target, marks);
  expect(records.profiles.map(({ userKey, part }) => [userKey, part])).toEqual([['backlog#u#ana', `event#${'1'.padStart(56, '0')}`], ['backlog', 'u#ana']]);
});

describe('an object is parted', () => {
  const [ana, ben] = [record({ userId: 'ana' }), record({ userId: 'ben' })];
  const letter = (text: string) => ({ partitionKey: 'k', sequenceNumber: '1', data: Buffer.from(text).toString('base64') });

  test('of the archive: the lines of others stay as they are', () => {
    const { found, rest } = partArchive('events/x.gz', gzipSync(`${ana}\n${ben}\n${ana}\n`), marks);
    expect(found).toHaveLength(2);
    expect(gunzipSync(rest!).toString()).toBe(`${ben}\n`);
    expect(partArchive('events/x.gz', gzipSync(`${ana}\n`), marks).rest).toBeUndefined();
    expect(partArchive('events/x.gz', gzipSync(`${ben}\n`), marks).found).toEqual([]);
    const raw = JSON.stringify({ rawData: Buffer.from(ana).toString('base64') });
    expect(partArchive('errors/x', Buffer.from(`${raw}\n${ben}`), marks)).toMatchObject({ found: [{}], rest: Buffer.from(ben) });
  });

  test('of single dead letters: it goes or stays', () => {
    expect(partLetter(Buffer.from(JSON.stringify({ reason: 'r', ...letter(ana) })), marks).rest).toBeUndefined();
    const other = Buffer.from(JSON.stringify({ reason: 'r', ...letter(ben), partitionKey: 'ana' }));
    expect(partLetter(other, marks)).toEqual({ found: [], rest: other });
    expect(partLetter(Buffer.from(JSON.stringify({ ...letter('broken'), partitionKey: 'ana' })), marks).found).toHaveLength(1);
    expect(partLetter(Buffer.from('no JSON'), marks).found).toEqual([]);
  });

  test('of several dead letters in one object: those of others stay', () => {
    const letters = (...ids: string[]) => Buffer.from(JSON.stringify({ letters: ids.map((id) => ({ reason: 'r', partitionKey: id, data: Buffer.from(record({ userId: id })).toString('base64') })) }));
    const { found, rest } = partLetter(letters('ana', 'ben', 'ana'), marks);
    expect([found.length, rest]).toEqual([2, letters('ben')]);
    expect(found[0]).toMatchObject({ reason: 'r', record: { event: { userId: 'ana' } } });
    expect(partLetter(letters('ana'), marks).rest).toBeUndefined();
    expect(partLetter(letters('ben'), marks).rest).toEqual(letters('ben'));
  });

  test('of a batch that Lambda gave up: the records of others stay, where they were', () => {
    const batch = (...texts: string[]) => Buffer.from(JSON.stringify({ version: '1.0', payload: JSON.stringify({ Records: texts.map((text) => ({ eventID: text.length, kinesis: letter(text) })) }) }));
    const { found, rest } = partLetter(batch(ana, ben), marks);
    expect(found).toHaveLength(1);
    expect(rest).toEqual(batch(ben));
    expect(partLetter(batch(ana), marks).rest).toBeUndefined();
  });
});

describe('after an erasure', () => {
  const erasedAtMs = startMs;
  const events = (...list: ReturnType<typeof track>[]) => list.map((event) => ({ event }));
  const consent = (atMs: number, request = {}) => identify(atMs, { marketing_consent: true }, {}, request);
  const gone = { version: 0, erasedAtMs };

  test('[P3] nothing is applied until the server tells of a new consent', () => {
    const late = track('a', startMs + 2);
    const list = events(track('a', startMs - 1), late, consent(startMs + 1, { source: 'web' }), consent(startMs - 5), identify(startMs + 1, { first_name: 'Ana' }));
    expect(afterErasure(list, gone, 'marketing_consent')).toEqual([]);
    const afresh = events(late, consent(startMs + 3), track('b', startMs + 4), track('c', startMs - 9));
    expect(afterErasure(afresh, gone, 'marketing_consent')).toEqual([afresh[1], afresh[2]]);
    expect(afterErasure(events(identify(startMs + 1, {})), gone, null)).toHaveLength(1);
    // Where no consent is needed, a browser's identify call is none of the shop's either; nor is an import, which tells of the past.
    expect(afterErasure(events(identify(startMs + 1, {}, {}, { source: 'web' }), consent(startMs + 1, { source: 'import' })), gone, null)).toEqual([]);
  });

  test('a person who is back keeps what comes later alone', () => {
    const list = events(track('a', startMs - 1), track('b', startMs + 1));
    expect(afterErasure(list, { version: 3, erasedAtMs }, 'marketing_consent')).toEqual([list[1]]);
    expect(afterErasure(list, { version: 3, erasedAtMs: undefined }, 'marketing_consent')).toBe(list);
  });

  test('[P5] a hash without its salt tells nothing', () => {
    expect(erasedHash('one', 'u#ana')).not.toBe(erasedHash('another', 'u#ana'));
    expect(erasedHash('one', 'u#ana')).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the command line', () => {
  test.each([
    [[], 'command "": must be export or erase'],
    [['delete', 'ana'], 'command "delete": must be export or erase'],
    [['erase'], 'erase needs the id or the address of a person'],
    [['erase', ' '], 'erase needs the id or the address of a person'],
    [['erase', 'ana', 'ben'], '"ben": erase takes one id or address'],
    [['erase', 'ana', '--out', 'f'], '--out is for export only'],
    [['export', 'ana', '--dry-run'], '--dry-run is for erase only'],
    [['export', 'ana', '--stage', 'dev', '--local'], '--local and --stage exclude each other'],
    [['export', 'ana', '--foo'], 'unknown option --foo'],
  ])('%j is refused', (args, message) => expect(() => parseOptions(args)).toThrow(message));

  test('is understood', () => {
    expect(parseOptions(['--help'])).toBe('help');
    expect(parseOptions(['erase', 'ana@reader.example', '--local', 'data', '--dry-run'])).toEqual({
      ...{ command: 'erase', subject: 'ana@reader.example', isDryRun: true, where: { dataDir: 'data' } },
    });
    expect(parseOptions(['export', 'ana', '--out', 'f.json'])).toMatchObject({ out: 'f.json', where: { stage: 'dev' } });
  });
});
