import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDeadLetters } from '../../lambdas/adapters/dead-letters.ts';
import { createAwsClients, localCredentials, type AwsClients } from '../../local/stack/aws-clients.ts';
import { startEmulators, type Emulators } from '../../local/stack/emulators.ts';
import { publishEndpoints, readEndpoints, type Endpoints } from '../../local/stack/endpoints.ts';
import { parseOptions as parseImport } from '../../tools/import/options.ts';
import { parseOptions as parseRedrive } from '../../tools/redrive/options.ts';
import { deadLetterBucketPrefix, streamOf } from '../../tools/stream/target.ts';
import { exampleTemplate, resourcesOf } from '../lib/fixture.ts';
import { envelopeOf } from '../support/events.ts';
import { eventually } from '../support/runtime.ts';
import { readStream } from '../support/stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'import-cli-'));
const dataDir = join(folder, 'data');
let emulators: Emulators;
let clients: AwsClients;
let endpoints: Endpoints;
let unpublish: () => void;

beforeAll(async () => {
  emulators = await startEmulators(join(folder, 'emulators'), {}, []);
  const { dynamodbUrl, kinesisUrl, s3Url } = emulators;
  endpoints = { region: 'eu-west-1', url: 'http://127.0.0.1:1', dynamodbUrl, kinesisUrl, s3Url, statesUrl: kinesisUrl, stateMachineArnPrefix: 'arn:', streamName: 'events', deadLetterBucket: 'letters' };
  clients = createAwsClients(emulators, 'eu-west-1');
  mkdirSync(dataDir);
  unpublish = publishEndpoints(dataDir, endpoints);
  for (const Bucket of ['letters', 'segue-prod-storagedeadletters1-abc', 'segue-prod2-storagedeadletters1-abc']) {
    await clients.s3.send(new CreateBucketCommand({ Bucket }));
  }
  for (const StreamName of ['events', 'others', 'segue-prod-events']) {
    await clients.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  }
});
afterAll(async () => {
  clients.close();
  await emulators.close();
  rmSync(folder, { recursive: true });
});

const environment = () => ({
  ...process.env,
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  AWS_ENDPOINT_URL_KINESIS: emulators.kinesisUrl,
  AWS_ENDPOINT_URL_S3: emulators.s3Url,
});

function start(tool: 'import' | 'redrive', args: string[], input = '') {
  const child = spawn(process.execPath, [`tools/${tool}.ts`, ...args], { env: environment() });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  child.stdin.end(input);
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, out, err })),
  );
  return { child, ended };
}
const run = (...given: Parameters<typeof start>) => start(...given).ended;

const call = (event: string) => `{"type":"track","event":"${event}","userId":"${event}","timestamp":"2026-03-01T10:00:00Z"}\n`;
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const namesIn = async (stream: string) =>
  (await readStream(clients.kinesis, stream)).map(({ text }) => (JSON.parse(text) as { event: { event: string } }).event.event);

describe('the import command', () => {
  test('goes on after a kill, and every line arrives', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `e${index}`);
    const path = file('killed.jsonl', names.map(call).join(''));
    const state = `${path}.segue-import.json`;
    const { child, ended } = start('import', [path, '--local', dataDir, '--rate', '40']);
    await eventually('a first batch', () => existsSync(state) || undefined);
    child.kill('SIGKILL');
    await ended;
    const { lines } = JSON.parse(readFileSync(state, 'utf8')) as { lines: number };
    expect(lines).toBeGreaterThan(0);
    expect(lines).toBeLessThan(200);
    expect(await run('import', [path, '--local', dataDir])).toMatchObject({
      code: 2,
      err: expect.stringContaining('continue it with --resume'),
    });
    const resumed = await run('import', [path, '--local', dataDir, '--resume']);
    expect(resumed).toMatchObject({ code: 0, err: '' });
    expect(resumed.out).toBe(`200 events of 200 lines are in the stream events, ${lines} of them from before\n`);
    expect(new Set(await namesIn('events'))).toEqual(new Set(names));
  });

  test('reads standard input and CSV, into a stream by its name or its stage', async () => {
    expect(await run('import', ['-', '--local', dataDir, '--stream', 'others'], call('piped'))).toMatchObject({ code: 0 });
    expect(existsSync('stdin.rejected.jsonl')).toBe(false);
    const csv = file('past.csv', 'who,event,time\nana,bought,2026-03-01\nben,,2026-03-01\n');
    const { code, out } = await run('import', [csv, '--columns', 'user=who', '--stage', 'prod']);
    expect({ code, out }).toEqual({
      code: 0,
      out: `1 events of 3 lines are in the stream segue-prod-events\n1 lines were rejected: see ${csv}.rejected.jsonl\n`,
    });
    expect(await namesIn('others')).toEqual(['piped']);
    expect(await namesIn('segue-prod-events')).toEqual(['bought']);
  });

  test('a dry run needs no Segue and leaves nothing behind', async () => {
    const path = file('dry.jsonl', `${call('a')}x\n`);
    expect(await run('import', [path, '--dry-run'])).toEqual({
      code: 0,
      out: 'line 2: not JSON\n1 lines would be rejected\n1 events of 2 lines would go into the stream\n',
      err: '',
    });
    expect([existsSync(`${path}.segue-import.json`), existsSync(`${path}.rejected.jsonl`)]).toEqual([false, false]);
  });

  test('of which no line was an event ends with exit code 1, a dry run too', async () => {
    const path = file('useless.csv', 'user,event,time\nana,a,01.05.2026\nben,a,31.05.2026\n');
    for (const more of [['--dry-run'], ['--local', dataDir]]) {
      const { code, err } = await run('import', [path, ...more]);
      expect([code, err]).toEqual([1, 'import: no line held an event\n']);
    }
    const read = file('useful.csv', readFileSync(path, 'utf8'));
    expect(await run('import', [read, '--dry-run', '--date-format', 'DD.MM.YYYY'])).toMatchObject({ code: 0, err: '' });
  });

  test('says what to do when the stream is not there', async () => {
    const path = file('nowhere.jsonl', call('a'));
    const { code, err } = await run('import', [path, '--stream', 'nowhere', '--stage', 'prod']);
    expect(code).toBe(1);
    expect(err).toMatch(/^import: .*nowhere.*/);
    expect(err).not.toContain('--resume');
    expect(existsSync(`${path}.segue-import.json`)).toBe(false);
  });
});

describe('the redrive command', () => {
  test('finds the bucket of a running Segue, or by the stage', async () => {
    for (const bucket of ['letters', 'segue-prod-storagedeadletters1-abc']) {
      const data = Buffer.from(JSON.stringify(envelopeOf({ event: bucket }))).toString('base64');
      await createDeadLetters(clients.s3, bucket).store({
        reason: 'a reason',
        sequenceNumber: '1',
        partitionKey: 'k',
        data,
        storedAtMs: 0,
      });
    }
    expect(await run('redrive', ['--stage', 'prod', '--dry-run'])).toMatchObject({
      code: 0,
      out: '1 letters with 1 records would go back into the stream segue-prod-events\n       1  a reason\n',
    });
    expect(await run('redrive', ['--local', dataDir, '--stream', 'others'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 records went back'),
    });
    expect(await namesIn('others')).toContain('letters');
    expect(await run('redrive', ['--stage', 'prod3'])).toMatchObject({
      code: 2,
      err: expect.stringContaining("give the stack's output DeadLetterBucket"),
    });
  });
});

describe('a running Segue', () => {
  test('shows its addresses to its owner only, while it runs', () => {
    const path = join(dataDir, 'endpoints.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readEndpoints(dataDir)).toEqual(endpoints);
    const left = join(folder, 'left');
    mkdirSync(left);
    // The file of a process that was killed.
    writeFileSync(join(left, 'endpoints.json'), readFileSync(path, 'utf8').replace(/"pid": \d+/, '"pid": 99999999'));
    expect(() => readEndpoints(left)).toThrow(`no Segue runs with the data folder ${left}`);
    unpublish();
    expect(() => readEndpoints(dataDir)).toThrow('start it with npm start');
    unpublish = publishEndpoints(dataDir, endpoints);
  });
});

test('stream and bucket are where the commands look for them', () => {
  const template = exampleTemplate();
  const streams = resourcesOf(template, 'AWS::Kinesis::Stream').map(([, { Properties }]) => Properties.Name as string);
  expect(streams).toContain(streamOf(/^segue-(\w+)-/.exec(streams[0]!)![1]!));
  const buckets = resourcesOf(template, 'AWS::S3::Bucket').map(([id]) => `segue-dev-${id.toLowerCase()}`);
  expect(buckets.filter((name) => name.startsWith(deadLetterBucketPrefix('dev')))).toHaveLength(1);
});

describe('a wrong command line', () => {
  const events = file('some.jsonl', call('a'));
  test.each([
    ['import', [], 'a file of events is missing'],
    ['import', ['nowhere.jsonl'], 'nowhere.jsonl: there is no such file'],
    ['import', ['docs'], 'docs: is a folder; it must be a file of events'],
    ['import', [events, '--date-format', 'DD.MM.YYYY'], '--date-format is for CSV only'],
    ['import', [events, '--csv', '--date-format', 'dd/mm/yyyy'], 'mm are minutes; months are MM'],
    ['import', [events, '--encoding', 'ansi-99'], '--encoding: "ansi-99": must be an encoding such as'],
    ['import', [events, events], 'one file only'],
    ['import', [events, '--rate', '0'], '--rate: "0": must be a whole number from 1'],
    ['import', [events, '--rate'], '--rate needs a value'],
    ['import', [events, '--resume=yes'], '--resume: "yes": takes no value'],
    ['import', [events, '--foo'], 'unknown option --foo; there are --local, --stage, --stream, --csv'],
    ['import', ['-', '--resume'], '--resume: standard input cannot be resumed'],
    ['import', [events, '--resume', '--dry-run'], '--resume and --dry-run exclude each other'],
    ['import', [events, '--columns', 'user=who'], '--columns is for CSV only'],
    ['redrive', ['letters'], '"letters": takes no such argument'],
    ['redrive', ['--prefix', 'redriven/'], '--prefix: "redriven/": must begin with poison/ or aws/lambda/'],
    ['redrive', ['--limit', 'all'], '--limit: "all": must be a whole number'],
  ] as const)('%s %j is refused', (tool, args, message) => {
    const parse = tool === 'import' ? parseImport : parseRedrive;
    expect(() => parse([...args])).toThrow(message);
  });

  test.each(['import', 'redrive'] as const)('ends %s with exit code 2', async (tool) => {
    const { code, out, err } = await run(tool, [...(tool === 'import' ? [events] : []), '--local', '--stage', 'prod']);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: `${tool}: --local and --stage exclude each other\n` });
  });

  test.each([
    [['--local', dataDir, events], dataDir],
    [['--local', events], '.segue'],
    [[events, '--local'], '.segue'],
    [[events, '--local', '--dry-run'], '.segue'],
    [[events, `--local=${dataDir}`], dataDir],
  ])('the folder after --local may be left out: %j', (args, local) => {
    expect(parseImport(args)).toMatchObject({ file: events, target: { local } });
  });

  test.each(['import', 'redrive'] as const)('%s --help explains', async (tool) => {
    expect(await run(tool, ['--help'])).toMatchObject({ code: 0, out: expect.stringContaining(`npm run ${tool} --`) });
  });
});
