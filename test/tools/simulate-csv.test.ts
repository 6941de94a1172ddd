import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseColumnMap } from '../../tools/simulate/csv.ts';
import { readEvents } from '../../tools/simulate/read-events.ts';
import { CsvLines } from '../../tools/simulate/records.ts';
import { parseTimeMs } from '../../tools/simulate/times.ts';
import bookstore from '../../segue.config.ts';

/** Chunks of a few bytes, so that characters and lines are cut anywhere. */
const inPieces = (text: string) =>
  Readable.from(
    Buffer.from(text)
      .toString('latin1')
      .match(/.{1,5}/gs)
      ?.map((piece) => Buffer.from(piece, 'latin1')) ?? [],
  );

const read = (text: string, map = '') => readEvents(inPieces(text), new CsvLines(map === '' ? new Map() : parseColumnMap(map)), bookstore);

describe('CSV', () => {
  test('columns are found by their usual names; the others are properties, typed as JSON would', async () => {
    const { events } = await read(
      'user_id,event,timestamp,total,gift,sku\nana,purchase,2026-03-01,12.5,true,0123\nben,page_viewed,2026-03-02,,,\n',
    );
    expect(events).toMatchObject([
      { userKey: 'u#ana', name: 'purchase', atMs: Date.parse('2026-03-01'), properties: { total: 12.5, gift: true, sku: '0123' } },
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
      { userKey: 'u#ana', anonymousKey: 'a#phone', name: 'purchase', atMs: Date.parse('2026-03-01T10:30:00Z'), properties: { total: 7 } },
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
        { line: 6, reason: expect.stringContaining('time "1 March" is none of') },
        { line: 7, reason: 'a quote is not closed' },
      ],
    });
  });

  test('a quote that is never closed does not swallow the file', async () => {
    const rows = Array.from({ length: 4000 }, () => 'ana,a,2026-03-01,some text');
    const { events, refused } = await read(`user,event,time,note\nana,a,2026-03-01,"open\n${rows.join('\n')}`);
    expect(refused).toMatchObject({ count: 1, first: [{ line: 2 }] });
    expect(events.length).toBeGreaterThan(1000);
  });

  test.each([
    ['user,event', '', 'no column for time: name it with --columns time=<column>; the columns are user, event'],
    ['event,time', '', 'no column for user or anonymous: name one with --columns user=<column>; the columns are event, time'],
    ['user,event,time', 'total=amount', '--columns: total=amount: there is no column "amount"; the columns are user, event, time'],
  ])('the header %s with the map %j is refused', async (header, map, message) => {
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

test.each([
  ['2026-05-01', '2026-05-01T00:00:00.000Z'],
  ['2026-05-01 12:30', '2026-05-01T12:30:00.000Z'],
  ['2026-05-01T12:30:15.250+02:00', '2026-05-01T10:30:15.250Z'],
  ['1777593600', '2026-05-01T00:00:00.000Z'],
  ['1777593600123', '2026-05-01T00:00:00.123Z'],
])('%s is a time', (text, iso) => {
  expect(new Date(parseTimeMs(text) as number).toISOString()).toBe(iso);
});

test.each(['', 'tomorrow', '2026-13-01', '2026-05-01T25:00', '05/01/2026', '20260501'])('%j is no time', (text) => {
  expect(parseTimeMs(text)).toBeUndefined();
});
