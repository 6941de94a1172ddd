import { appendFileSync, createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import config from '../../examples/bookstore/segue.config.ts';
import { openJournal, rejectedFileOf, stateFileOf, type Journal } from '../../tools/import/journal.ts';
import { importEvents } from '../../tools/import/run.ts';
import { CsvLines, JsonLines } from '../../tools/event-files/records.ts';
import type { OutRecord } from '../../tools/stream/batch.ts';
import type { Put } from '../../tools/stream/put.ts';
import { envelopeFrom, eventFrom } from '../support/events.ts';

const folder = mkdtempSync(join(tmpdir(), 'import-'));
afterAll(() => rmSync(folder, { recursive: true }));

const nowMs = Date.parse('2026-06-01T00:00:00Z');
let file: string;
let calls = 0;
beforeEach(() => {
  calls += 1;
  file = join(folder, `${calls}.jsonl`);
});

/** A stream that takes what comes. */
class Sink {
  readonly batches: OutRecord[][] = [];

  readonly put: Put = async (records) => void this.batches.push(records);

  get envelopes() {
    return this.batches.flat().map(({ Data }) => envelopeFrom(Buffer.from(Data).toString()));
  }

  get names() {
    return this.envelopes.map(({ event }) => event.event);
  }

  get events() {
    return this.envelopes.map((envelope) => eventFrom(envelope, config));
  }
}

const call = (event: string, more: object = {}) =>
  JSON.stringify({ type: 'track', event, userId: 'ana', timestamp: '2026-03-01T10:00:00Z', ...more });

interface Way {
  put: Put;
  reader?: JsonLines | CsvLines;
  isResumed?: boolean;
  batchSize?: number;
}

const run = ({ put, reader = new JsonLines(), isResumed = false, batchSize }: Way) =>
  importEvents({
    fileName: 'past.jsonl',
    bytes: createReadStream(file),
    reader,
    config,
    put,
    journal: openJournal(file, 'events', isResumed),
    now: () => nowMs,
    batchSize,
  });

const rejections = () =>
  readFileSync(rejectedFileOf(file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { line: number; reason: string; text: string });

describe('what goes into the stream', () => {
  test('is an envelope of an import, under the key that the edge would give it', async () => {
    writeFileSync(
      file,
      `${call('purchase', { messageId: 'm1', anonymousId: 'browser' })}\n${call('search', { userId: null, anonymousId: 'browser' })}\n`,
    );
    const sink = new Sink();
    expect(await run(sink)).toEqual({ lines: 2, accepted: 2, rejected: 0 });
    expect(sink.batches.flat().map(({ PartitionKey }) => PartitionKey)).toEqual(['ana', 'browser']);
    expect(sink.envelopes[0]).toMatchObject({
      v: 1,
      type: 'track',
      source: 'import',
      keyId: 'import',
      index: 1,
      event: { messageId: 'm1' },
    });
  });

  test('keeps its time, whenever it was sent', async () => {
    const sent = { timestamp: '2026-03-01T10:00:00Z', sentAt: '2026-03-01T10:05:00Z' };
    const times = [
      {},
      sent,
      // A device whose clock was an hour ahead, in an archive that says so.
      { ...sent, originalTimestamp: '2026-03-01T11:00:00Z', sentAt: '2026-03-01T11:05:00Z', receivedAt: '2026-03-01T10:05:00Z' },
      { timestamp: '2030-01-01T00:00:00Z' },
    ];
    writeFileSync(file, times.map((more) => call('search', more)).join('\n'));
    const sink = new Sink();
    await run(sink);
    expect(sink.events.map(({ atMs }) => new Date(atMs).toISOString())).toEqual([
      '2026-03-01T10:00:00.000Z',
      '2026-03-01T10:00:00.000Z',
      '2026-03-01T10:00:00.000Z',
      '2026-06-01T00:00:00.000Z',
    ]);
  });

  test('has the same message ids in a second import, and different ones for equal lines', async () => {
    writeFileSync(file, `${call('search')}\n${call('search')}\n`);
    const [first, second] = [new Sink(), new Sink()];
    await run(first);
    rmSync(stateFileOf(file));
    await run(second);
    const ids = first.events.map(({ messageHash }) => messageHash);
    expect(new Set(ids).size).toBe(2);
    expect(second.events.map(({ messageHash }) => messageHash)).toEqual(ids);
  });

  test('comes in batches that the profile of one person would recognise when they are repeated', async () => {
    writeFileSync(
      file,
      Array.from({ length: 700 }, (_, index) => call(`e${index}`, { userId: index < 100 ? 'ana' : `u${index}` })).join('\n'),
    );
    const sink = new Sink();
    await run(sink);
    expect(sink.names).toEqual(Array.from({ length: 700 }, (_, index) => `e${index}`));
    for (const batch of sink.batches) {
      expect(batch.length).toBeLessThanOrEqual(500);
    }
    expect(sink.batches.length).toBe(2);
  });

  test('stays below the size of a call', async () => {
    const text = 'x'.repeat(30_000);
    writeFileSync(file, Array.from({ length: 200 }, (_, index) => call('big', { userId: `u${index}`, properties: { text } })).join('\n'));
    const sink = new Sink();
    await run(sink);
    expect(sink.names).toHaveLength(200);
    for (const batch of sink.batches)
      expect(JSON.stringify(batch.map(({ Data }) => Buffer.from(Data).toString('base64'))).length).toBeLessThan(5e6);
  });

  test('is read from CSV, with cells that go over several lines', async () => {
    writeFileSync(file, 'who,event,time,note\nana,purchase,2026-03-01,"two\nlines"\nben,purchase,never,x\nben,purchase,2026-03-02,\n');
    const sink = new Sink();
    expect(await run({ ...sink, reader: new CsvLines(new Map([['user', 'who']])) })).toEqual({ lines: 5, accepted: 2, rejected: 1 });
    expect(sink.envelopes.map(({ event }) => [event.userId, event.properties])).toEqual([
      ['ana', { note: 'two\nlines' }],
      ['ben', {}],
    ]);
    expect(rejections()).toEqual([{ line: 4, reason: expect.stringContaining('time "never" is none of'), text: 'ben,purchase,never,x' }]);
  });
});

test('lines that hold no event are rejected with line, reason and text, and stop nothing', async () => {
  const lines = [
    call('first'),
    '{"type":"track"',
    '[]',
    '',
    call('e', { type: 'sing' }),
    call('e', { timestamp: undefined }),
    call('e', { timestamp: 'yesterday' }),
    call('e', { userId: null }),
    call('', {}),
    call('e', { messageId: 7 }),
    call('big', { properties: { text: 'x'.repeat(33_000) } }),
    `{"type":"track","event":"deep","userId":"ana","timestamp":"2026-03-01T10:00:00Z","properties":{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`,
    `"${'x'.repeat(3_000_000)}"`,
    '\u0000\uFFFD',
    '{"__proto__":{"type":"track"}}',
    call('last'),
  ];
  writeFileSync(file, Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.of(0xff, 0xfe, 0x0a)]));
  const sink = new Sink();
  expect(await run(sink)).toEqual({ lines: 17, accepted: 3, rejected: 13 });
  expect(sink.names).toEqual(['first', 'e', 'last']);
  expect(rejections().map(({ line, reason }) => [line, reason])).toEqual([
    [2, 'not JSON'],
    [3, 'not a JSON object'],
    [5, 'type "sing": must be one of track, identify, page, screen, group, alias'],
    [6, 'no timestamp'],
    [7, '"yesterday" is no time; it must be like 2026-05-01T12:00:00Z'],
    [8, 'neither userId nor anonymousId'],
    [9, expect.stringContaining('not a track call: event')],
    [11, expect.stringMatching(/^the event has \d+ bytes; at most 32768 are allowed$/)],
    [12, expect.stringMatching(/nested too deeply|the event has \d+ bytes/)],
    [13, 'longer than 1048576 bytes'],
    [14, 'not JSON'],
    [15, expect.stringContaining('type')],
    [17, expect.stringContaining('not UTF-8; if the file has another encoding, name it with --encoding')],
  ]);
  expect(rejections()[1]?.text).toBe('[]');
  expect(rejections()[9]?.text).toHaveLength(1_048_576);
});

test('a quote that is not closed costs its own line', async () => {
  writeFileSync(file, 'user,event,time\nana,a,2026-03-01\nana,"b,2026-03-01\nana,c,2026-03-01\n');
  const sink = new Sink();
  expect(await run({ ...sink, reader: new CsvLines(new Map()) })).toEqual({ lines: 4, accepted: 2, rejected: 1 });
  expect(sink.names).toEqual(['a', 'c']);
  expect(rejections()).toEqual([{ line: 3, reason: expect.stringContaining('is not closed'), text: 'ana,"b,2026-03-01' }]);
});

test('a file of nothing but rejections is written down on the way, and not kept in memory', async () => {
  const kept: number[] = [];
  const journal: Journal = { start: { lines: 0, accepted: 0, rejected: 0 }, save: (_, { length }) => void kept.push(length) };
  async function* bytes() {
    for (let index = 0; index < 30; index += 1) yield Buffer.from(`${'x'.repeat(100_000)}\n`);
  }
  await importEvents({ fileName: 'f', bytes: bytes(), reader: new JsonLines(), config, put: new Sink().put, journal, now: () => nowMs });
  expect(kept).toEqual([11, 11, 8]);
});

test('events go at the pace that is asked for, in batches no larger than a second of it', async () => {
  writeFileSync(file, Array.from({ length: 10 }, (_, index) => call(`e${index}`)).join('\n'));
  const paced: number[] = [];
  const journal = openJournal(file, 'events', false);
  const common = { fileName: 'f', bytes: createReadStream(file), reader: new JsonLines(), config, journal, now: () => nowMs };
  await importEvents({ ...common, put: new Sink().put, batchSize: 4, pace: async (count) => void paced.push(count) });
  expect(paced).toEqual([4, 4, 2]);
});

describe('an import that stops', () => {
  const names = Array.from({ length: 40 }, (_, index) => `e${index}`);
  const write = () => writeFileSync(file, names.flatMap((name, index) => [call(name), ...(index % 3 === 0 ? ['broken'] : [])]).join('\n'));

  test.each(['before', 'after'] as const)('loses nothing when it dies %s any of its batches was accepted', async (moment) => {
    for (let deadly = 1; deadly <= 6; deadly += 1) {
      rmSync(stateFileOf(file), { force: true });
      write();
      const sink = new Sink();
      let batches = 0;
      const mortal: Put = async (records) => {
        batches += 1;
        if (batches !== deadly || moment === 'after') await sink.put(records);
        if (batches === deadly) throw new Error('killed');
      };
      await expect(run({ put: mortal, batchSize: 7 })).rejects.toThrow('killed');
      const isBegun = existsSync(stateFileOf(file));
      expect(isBegun).toBe(deadly > 1);
      expect(await run({ ...sink, batchSize: 7, isResumed: isBegun })).toEqual({ lines: 54, accepted: 40, rejected: 14 });
      expect([...new Set(sink.names)]).toEqual(names);
      expect(sink.names).toHaveLength(moment === 'before' ? 40 : 40 + (deadly === 6 ? 5 : 7));
      expect(rejections().map(({ line }) => line)).toEqual([...new Set(rejections().map(({ line }) => line))]);
      expect(rejections()).toHaveLength(14);
    }
  });

  test('does not keep rejections twice that a kill wrote before the state', async () => {
    write();
    await expect(run({ put: failAt(3), batchSize: 7 })).rejects.toThrow('killed');
    appendFileSync(rejectedFileOf(file), '{"line":999,"reason":"written and not remembered","text":""}\n{"li');
    await run({ ...new Sink(), isResumed: true });
    expect(rejections()).toHaveLength(14);
  });

  test('goes on in a CSV file behind its header', async () => {
    writeFileSync(file, `user,event,time,note\n${names.map((name) => `ana,${name},2026-03-01,"a\nb"`).join('\n')}\n`);
    await expect(run({ put: failAt(2), reader: new CsvLines(new Map()), batchSize: 7 })).rejects.toThrow('killed');
    const sink = new Sink();
    await run({ ...sink, reader: new CsvLines(new Map()), isResumed: true });
    expect(sink.names).toEqual(names.slice(7));
  });

  test('is not begun again by mistake', async () => {
    write();
    await expect(run({ put: failAt(2), batchSize: 7 })).rejects.toThrow('killed');
    await expect(async () => run(new Sink())).rejects.toThrow(/stopped after 10 lines; continue it with --resume, or delete that file/);
    expect(() => openJournal(file, 'others', true)).toThrow('went into the stream events so far, not into others');
    writeFileSync(file, call('another'));
    expect(() => openJournal(file, 'events', true)).toThrow('is not the file that was begun');
    rmSync(stateFileOf(file));
    expect(() => openJournal(file, 'events', true)).toThrow(`--resume: there is no ${stateFileOf(file)}`);
  });
});

test('a finished import is not repeated by mistake, and takes lines that were added', async () => {
  writeFileSync(file, `${call('a')}\n`);
  await run(new Sink());
  await expect(async () => run(new Sink())).rejects.toThrow(/was imported at .*; --resume imports lines added since/);
  appendFileSync(file, `${call('b')}\n`);
  const sink = new Sink();
  expect(await run({ ...sink, isResumed: true })).toEqual({ lines: 2, accepted: 2, rejected: 0 });
  expect(sink.names).toEqual(['b']);
});

test('no more of the file is read while a batch is on its way', async () => {
  let bytesRead = 0;
  async function* endless() {
    for (let index = 0; index < 10_000; index += 1) {
      const chunk = Buffer.from(`${call('search', { userId: `u${index}` })}\n`.repeat(20));
      bytesRead += chunk.length;
      yield chunk;
    }
  }
  writeFileSync(file, '');
  const journal = openJournal(file, 'events', false);
  const put: Put = () => Promise.reject(new Error(`after ${bytesRead} bytes`));
  const options = { fileName: 'f', bytes: endless(), reader: new JsonLines(), config, put, journal, now: () => nowMs };
  await expect(importEvents(options)).rejects.toThrow(/after [1-9]\d{4} bytes/);
});

/** Accepts batches until the n-th. */
function failAt(deadly: number): Put {
  let batches = 0;
  return async () => {
    batches += 1;
    if (batches === deadly) throw new Error('killed');
  };
}
