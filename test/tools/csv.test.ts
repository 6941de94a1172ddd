import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseColumnMap } from '../../tools/event-files/csv-columns.ts';
import { CsvRecords } from '../../lambdas/domain/files/csv-records.ts';
import { dateReader } from '../../tools/event-files/date-format.ts';
import { encodingNamed, toUtf8 } from '../../tools/event-files/encoding.ts';
import { CsvLines } from '../../tools/event-files/records.ts';
import { parseTimeMs } from '../../tools/simulate/times.ts';
import { readEvents } from '../support/simulate.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';

/** Chunks of a few bytes, so that characters and lines are cut anywhere. */
const inPieces = (text: string | Buffer) =>
  Readable.from(
    Buffer.from(text)
      .toString('latin1')
      .match(/.{1,5}/gs)
      ?.map((piece) => Buffer.from(piece, 'latin1')) ?? [],
  );

const reads = (text: string) => readEvents(Readable.from([Buffer.from(text)]), new CsvLines(new Map()), bookstore);
const read = (text: string | Buffer, map = '', readTime?: ReturnType<typeof dateReader>) =>
  readEvents(inPieces(text), new CsvLines(map === '' ? new Map() : parseColumnMap(map), readTime), bookstore);

describe('CSV', () => {
  test('columns are found by their usual names; the others are properties, and numbers stay the text that they are', async () => {
    const { events } = await read(
      'user_id,event,timestamp,total,gift,sku\nana,purchase,2026-03-01,12.5,true,0123\nben,page_viewed,2026-03-02,,,\n',
    );
    expect(events).toMatchObject([
      { userKey: 'u#ana', name: 'purchase', atMs: Date.parse('2026-03-01'), properties: { total: '12.5', gift: true, sku: '0123' } },
      { userKey: 'u#ben', properties: {} },
    ]);
    expect(Object.keys(events[1]?.properties ?? {})).toEqual([]);
  });

  test('a column map names people, events, times and properties', async () => {
    const { events } = await read(
      'kunde;besucher;aktion;datum;betrag;id\nana;phone;Order Completed;2026-03-01 10:30;7;m1',
      'user=kunde,anonymous=besucher,event=aktion,time=datum,total=betrag,message=id',
    );
    expect(events).toMatchObject([
      { userKey: 'u#ana', anonymousKey: 'a#phone', name: 'purchase', atMs: Date.parse('2026-03-01T10:30:00Z'), properties: { total: '7' } },
    ]);
    const again = await read('user,event,time,id\nana,a,2026-03-01,m1\nana,a,2026-03-02,m1\nana,a,2026-03-02,m2', 'message=id');
    expect(new Set(again.events.map(({ messageHash }) => messageHash)).size).toBe(2);
  });

  test('rows without a message id are events of their own', async () => {
    const { events } = await read('user,event,time\nana,a,2026-03-01\nana,a,2026-03-01');
    expect(new Set(events.map(({ messageHash }) => messageHash)).size).toBe(2);
  });

  test('identify rows tell traits', async () => {
    const { events } = await read('user,event,time,email,marketing_consent\nana,identify,2026-03-01,ana@reader.example,true');
    expect(events[0]).toMatchObject({
      name: 'identified',
      traits: { email: 'ana@reader.example', marketing_consent: true },
      properties: {},
    });
  });

  test('quotes hold delimiters, quotes and line ends; a byte order mark and carriage returns are dropped', async () => {
    const { events } = await read(
      '\uFEFFuser,event,time,name\r\nana,a,2026-03-01,"Böll, ""Heinrich""\nund andere"\r\nben,b,2026-03-02,x\r\n',
    );
    expect(events.map(({ properties }) => properties.name)).toEqual(['Böll, "Heinrich"\nund andere', 'x']);
  });

  test('bad rows are counted with the line on which they begin', async () => {
    const { events, refused } = await read(
      'user,event,time,note\nana,a,2026-03-01,"two\nlines"\nana,a\nana,,2026-03-01,x\nana,a,1 March,x\nana,a,2026-03-01,"open',
    );
    expect(events).toHaveLength(1);
    expect(refused).toEqual({
      count: 4,
      first: [
        { line: 4, reason: '2 cells, the header has 4' },
        { line: 5, reason: 'no event name' },
        { line: 6, reason: expect.stringMatching(/^time "1 March" is none of .*; give its form with --date-format/) },
        { line: 7, reason: 'a quote that opens a cell is not closed; write a quote within a quoted cell twice' },
      ],
    });
  });

  describe('200 rows, one of them with an inch mark', () => {
    const plain = (row: number) => `p${row},viewed,2026-03-01,screen,7`;
    const quoted = (row: number) => `"p${row}","viewed","2026-03-01","screen, flat","7"`;
    const ways = [plain, quoted];
    const cells = ['13" screen', '"13" screen"', '"13"', '"13""', '"13', '13"', '"', '"13" x 15""', '"13", flat"'];
    const cases = ways.flatMap((row) => cells.flatMap((cell) => [0, 100, 199].map((place) => ({ row, cell, place }))));

    test.each(cases)('$cell in row $place costs that row at most, and is reported', async ({ row, cell, place }) => {
      const rows = Array.from({ length: 200 }, (_, index) => (index === place ? `p${index},viewed,2026-03-01,${cell},7` : row(index)));
      const { events, refused } = await reads(`user,event,time,name,stock\n${rows.join('\n')}\n`);
      const others = Array.from({ length: 200 }, (_, index) => `u#p${index}`).filter((_, index) => index !== place);
      expect(events.map(({ userKey }) => userKey).filter((key) => key !== `u#p${place}`)).toEqual(others);
      expect(refused.count + events.length).toBe(200);
      expect(refused.first.map(({ line }) => line)).toEqual(events.length === 200 ? [] : [place + 2]);
    });

    test('two that enclose rows do not make these one cell', async () => {
      const rows = Array.from({ length: 200 }, (_, index) => plain(index));
      rows[20] = 'p20,viewed,2026-03-01,7,"13';
      rows[120] = 'p120,viewed,2026-03-01,7,15"';
      const { events, refused } = await reads(`user,event,time,name,stock\n${rows.join('\n')}`);
      expect(events).toHaveLength(199);
      expect(refused.first.map(({ line }) => line)).toEqual([22]);
    });
  });

  test('a quote that is never closed does not swallow a large file, nor keep it in memory', async () => {
    const rows = Array.from({ length: 4000 }, (_, index) => (index % 1000 === 500 ? 'ana,a,2026-03-01,"open' : 'ana,a,2026-03-01,some text'));
    const { events, refused } = await reads(`user,event,time,note\n${rows.join('\n')}`);
    expect(refused.first.map(({ line }) => line)).toEqual([502, 1502, 2502, 3502]);
    expect(events).toHaveLength(3996);
  });

  test('every line is in one record at most, whatever the file holds', () => {
    const line = fc.string({ unit: fc.constantFrom('a', ',', '"', '""', ' '), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }), (lines, width) => {
        const records = new CsvRecords(',', width);
        const found = [...lines.flatMap((one) => records.read(one)), ...records.end()];
        const covered = found.flatMap((one) => Array.from({ length: one.lastLine - one.line + 1 }, (_, index) => one.line + index));
        expect(covered).toEqual(lines.flatMap((one, index) => (covered.includes(index + 1) || one !== '' ? [index + 1] : [])));
        for (const one of found) expect(one.text).toBe(lines.slice(one.line - 1, one.lastLine).join('\n'));
      }),
      { numRuns: 1000 },
    );
  });

  test("texts are read as Python's csv module reads them", () => {
    const cases = JSON.parse(readFileSync('test/fixtures/csv-python.json', 'utf8')) as { text: string; read: string[][] | string }[];
    expect(cases.length).toBeGreaterThan(500);
    for (const { text, read: expected } of cases) {
      const records = new CsvRecords(',');
      const found = [...text.replace(/\r?\n$/, '').split(/\r?\n/).flatMap((line) => records.read(line)), ...records.end()];
      const problems = found.filter(({ problem }) => problem !== undefined);
      // What Python refuses as a whole costs a line here; of blanks behind a closing quote, nobody makes a problem but Python.
      if (typeof expected === 'string') expect([text, problems.length > 0 || text.includes('" ')]).toEqual([text, true]);
      else expect([text, found.map(({ cells }) => cells)]).toEqual([text, expected]);
    }
  });

  test.each([
    ['sep=;\nuser;event;time;a,b\nana;x;2026-03-01;7,5\n', { 'a,b': '7,5' }],
    ['"user";"event";"time";"a, b, c, d"\nana;x;2026-03-01;1\n', { 'a, b, c, d': '1' }],
    ['user\tevent\ttime\t"a\nb"\nana\tx\t2026-03-01\t1\n', { 'a\nb': '1' }],
    [',user,event,time\n0,ana,x,2026-03-01\n', {}],
  ])('the header of %j is understood', async (text, properties) => {
    const { events, refused } = await read(text);
    expect([events.map((event) => event.properties), refused.count]).toEqual([[properties], 0]);
  });

  test.each([
    ['user,event', '', 'no column for time: name it with --columns time=<column>; the columns are user, event'],
    ['event,time', '', 'no column for user or anonymous: name one with --columns user=<column>; the columns are event, time'],
    ['user,event,time', 'total=amount', '--columns: total=amount: there is no column "amount"; the columns are user, event, time'],
    ['user,event,time,sku,sku', '', 'the column "sku" is there twice; the columns are user, event, time, sku, sku'],
    ['user,event,time,"sku', '', 'line 1, the header: a quote that opens a cell is not closed'],
    ['user,event,time\rana,a,2026-03-01\r', '', 'the lines of the file end with a carriage return alone'],
  ])('the header %j with the map %j is refused', async (header, map, message) => {
    await expect(read(`${header}\n1,2,3`, map)).rejects.toThrow(message);
  });

  test.each([
    ['user', '--columns: "user": must be <name>=<column>'],
    ['user=a,=b', '--columns: "=b": must be <name>=<column>'],
    ['user=a,user=b', '--columns: "user=b": user is mapped twice'],
  ])('the map %j is refused', (map, message) => {
    expect(() => parseColumnMap(map)).toThrow(message);
  });
});

describe('bytes that are no UTF-8', () => {
  const text = 'user,event,time,name\nana,a,2026-03-01,"Böll\nund"\nben,a,2026-03-01,Grass\ncem,a,2026-03-01,"x\nBöll"\ndora,a,2026-03-01,Büch\n';
  const windows = Buffer.from(text, 'latin1');

  test('cost their rows only, and the reason says what to do', async () => {
    const { events, refused } = await read(windows);
    expect(events.map(({ userKey }) => userKey)).toEqual(['u#ben']);
    expect(refused.first.map(({ line }) => line)).toEqual([2, 5, 7]);
    for (const { reason } of refused.first) expect(reason).toMatch(/^not UTF-8; .* --encoding windows-1252$/);
  });

  test.each([
    ['windows-1252', windows],
    ['latin1', windows],
    ['utf-16le', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['utf-8', Buffer.from(`\uFEFF${text}`)],
  ])('are read as %s when that is named', async (name, bytes) => {
    const { events, refused } = await readEvents(toUtf8(inPieces(bytes), encodingNamed(name)), new CsvLines(new Map()), bookstore);
    expect(events.map(({ properties }) => properties.name)).toEqual(['Böll\nund', 'Grass', 'x\nBöll', 'Büch']);
    expect(refused.count).toBe(0);
  });

  test('of a header refuse the file', async () => {
    await expect(read(Buffer.from('user,event,time,größe\nana,a,2026-03-01,1\n', 'latin1'))).rejects.toThrow('line 1, the header: not UTF-8');
  });

  test.each([
    ['utf-8', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'begins like utf-16le; read it with --encoding utf-16le'],
    ['shift_jis', Buffer.of(0x41, 0xff, 0xff), '--encoding: shift_jis: the file has bytes that are none of this encoding'],
  ])('and no %s either refuse the file', async (name, bytes, message) => {
    const chunks = Readable.from([bytes]);
    await expect(readEvents(toUtf8(chunks, encodingNamed(name)), new CsvLines(new Map()), bookstore)).rejects.toThrow(message);
  });

  test('an unknown encoding is refused', () => {
    expect(() => encodingNamed('ansi-99')).toThrow('--encoding: "ansi-99": must be an encoding such as utf-8, windows-1252');
  });
});

describe('--date-format', () => {
  test.each([
    ['DD.MM.YYYY', '01.05.2026', '2026-05-01T00:00:00.000Z'],
    ['DD.MM.YYYY', '1.5.2026', '2026-05-01T00:00:00.000Z'],
    ['dd/MM/yyyy HH:mm:ss', '01/05/2026 09:05:07', '2026-05-01T09:05:07.000Z'],
    ['MM/DD/YYYY h:mm A', '5/1/2026 3:05 pm', '2026-05-01T15:05:00.000Z'],
    ['D MMM YY', '1 May 26', '2026-05-01T00:00:00.000Z'],
    ['MMMM D, YYYY', 'May 1, 2026', '2026-05-01T00:00:00.000Z'],
    ['YYYYMMDD HHmm', '20260501 0930', '2026-05-01T09:30:00.000Z'],
    ['YYYY/MM/DDTHH:mm:ss.SSSZ', '2026/05/01T09:30:01.250+02:00', '2026-05-01T07:30:01.250Z'],
    ['DD.MM.YYYY HH:mm ZZ', '01.05.2026 09:30 -0500', '2026-05-01T14:30:00.000Z'],
  ])('%s reads %s', (format, text, iso) => {
    expect(new Date(dateReader(format)(text)).toISOString()).toBe(iso);
  });

  test.each([
    ['DD.MM.YYYY', '31.02.2026'],
    ['DD.MM.YYYY', '05/01/2026'],
    ['MM/DD/YYYY', '13/01/2026'],
    ['DD.MM.YYYY', '01.05.2026 09:30'],
    ['DD.MM.YYYY', ''],
  ])('%s refuses %s', async (format, text) => {
    const { refused } = await read(`user,event,time\nana,a,${text}`, '', dateReader(format));
    expect(refused.first).toEqual([{ line: 2, reason: `time ${JSON.stringify(text)} is not ${format}, which --date-format gives` }]);
  });

  test.each([
    ['dd/mm/yyyy', 'mm are minutes; months are MM'],
    ['YYYY-MM', 'must be a form such as DD.MM.YYYY'],
    ['german', 'g means nothing; it must be a form such as'],
    ['constructor', 'c means nothing'],
    ['DD.MM.YYYY hh:mm', 'h is one of 12 hours and needs A for AM or PM'],
  ])('%s is refused', (format, message) => {
    expect(() => dateReader(format)).toThrow(`--date-format: ${JSON.stringify(format)}: ${message}`);
  });
});

test.each([
  ['2026-05-01', '2026-05-01T00:00:00.000Z'],
  ['2026-05-01 12:30', '2026-05-01T12:30:00.000Z'],
  ['2026-05-01T12:30:15.250+02:00', '2026-05-01T10:30:15.250Z'],
  ['2026-05-01 12:30:15 UTC', '2026-05-01T12:30:15.000Z'],
  ['2026-05-01 12:30:15.123+0200', '2026-05-01T10:30:15.123Z'],
  ['2026-05-01 12:30:15+02', '2026-05-01T10:30:15.000Z'],
  ['1777593600', '2026-05-01T00:00:00.000Z'],
  ['1777593600123', '2026-05-01T00:00:00.123Z'],
])('%s is a time', (text, iso) => {
  expect(new Date(parseTimeMs(text) as number).toISOString()).toBe(iso);
});

test.each(['', 'tomorrow', '2026-13-01', '2026-02-31', '2026-05-01T25:00', '05/01/2026', '20260501'])('%j is no time', (text) => {
  expect(parseTimeMs(text)).toBeUndefined();
});
