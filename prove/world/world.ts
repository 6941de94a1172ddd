import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { createCalls } from '../aws/calls.ts';
import { Dynamo } from '../aws/dynamo/dynamo.ts';
import { EventSource } from '../aws/event-source.ts';
import { createFaults, drawHotPartition, drawRates, drawRejection, drawTroubles, noFaults, type Faults, type HotPartition, type Rejection } from '../aws/faults.ts';
import type { Invocation } from '../aws/invocation.ts';
import { Kinesis, type StreamRecord } from '../aws/kinesis.ts';
import { Lambda, type Outcome } from '../aws/lambda.ts';
import { S3 } from '../aws/s3.ts';
import { Ses, type TakenMail } from '../aws/ses.ts';
import { StepFunctions, type Started, type TaskPlace } from '../aws/states/service.ts';
import { History } from '../check/history.ts';
import { inboxOf } from '../people/address.ts';
import { createClock, type Clock } from '../time/clock.ts';
import { createRandom, type Random } from '../time/random.ts';
import { readIntoArchive } from './archive.ts';
import { Bus } from './bus.ts';
import { clientsFor } from './clients.ts';
import { Edge } from './edge.ts';
import { recordOf } from './envelope.ts';
import { arnPrefix, functionsOf } from './functions.ts';
import { Refresh } from './refresh.ts';
import { openShop, sendEmailArn, type Shop } from './shop.ts';
import { shapes } from './tables.ts';

export interface World {
  clock: Clock;
  random: Random;
  faults: Faults;
  history: History;
  shop: Shop;
  dynamo: Dynamo;
  s3: S3;
  stream: Kinesis;
  states: StepFunctions;
  ses: Ses;
  edge: Edge;
  bus: Bus;
  lambda: Lambda;
  refresh: Refresh;
  /** How far the clock of a container may be off. */
  mostSkewMs: number;
  maxPerSecond: number;
  hot: HotPartition | undefined;
  rejection: Rejection | undefined;
  /** Somebody has got an email. */
  onMail: (mail: TakenMail, by: Invocation | undefined) => void;
  /** Codes are secrets and differ from run to run; a history names them in the order in which they appear. */
  nameOfCode: (code: string) => string;
}

export const startMs = Date.parse('2026-03-02T08:00:00Z');
export const dayMs = 86_400_000;

const quiet = () => undefined;

/** All of Segue in one process: the product's handlers over services in memory, in virtual time, with everything that goes wrong drawn from one seed. */
export function createWorld(seed: string, days: number): World {
  const random = createRandom(seed);
  const clock = createClock(startMs);
  const now = () => clock.now();
  const history = new History(now);
  const untilMs = startMs + days * dayMs;
  const shop = openShop(random.fork('shop'));
  const chaos = random.fork('faults');
  const hot = drawHotPartition(random.fork('hot'), startMs + dayMs, untilMs);
  const [drawn, troubles] = [drawRates(chaos), drawTroubles(chaos, startMs, untilMs)];
  const rates = hot?.isAlone ? noFaults : drawn;
  const faults = createFaults(chaos, rates, hot?.isAlone ? [] : troubles, now);
  const mostSkewMs = chaos.pick([0, 20, 1500]);
  const accountRate = chaos.pick([1, 14]);
  history.add({ what: 'world', note: `faults ${JSON.stringify(rates)}, clocks off by up to ${mostSkewMs} ms, contact ${JSON.stringify(shop.config.contact)}` });

  if (hot !== undefined) history.add({ what: 'world', note: `${hot.userKey} is throttled from ${new Date(hot.fromMs).toISOString()} to ${new Date(hot.untilMs).toISOString()}` });

  const dynamo = new Dynamo(shapes, now);
  dynamo.isBusy = (table, key) => table === 'profiles' && key === hot?.userKey && hot.fromMs <= now() && now() < hot.untilMs;
  dynamo.leavesOut = () => chaos.chance(faults.rates('dynamodb').partial);
  for (const table of dynamo.tables.values()) table.lagMs = chaos.pick([0, 300]);
  const stream = new Kinesis(now, chaos.int(1, 3));
  stream.refusesRecord = () => chaos.chance(faults.rates('kinesis').partial);
  const ses = new Ses(now, accountRate);
  const rejection = hot?.isAlone ? undefined : drawRejection(random.fork('rejection'), startMs + dayMs, untilMs);
  if (rejection !== undefined) history.add({ what: 'world', note: `SES takes nothing to ${rejection.to} from ${new Date(rejection.fromMs).toISOString()} ${Number.isFinite(rejection.untilMs) ? `to ${new Date(rejection.untilMs).toISOString()}` : 'on'}` });
  ses.rejects = (to) => (rejection !== undefined && inboxOf(to) === rejection.to && rejection.fromMs <= now() && now() < rejection.untilMs ? rejection.why : undefined);
  const s3 = new S3(now);
  const { letters } = s3.buckets;
  const calls = createCalls({ clock, faults });
  const log = { info: quiet, warn: quiet, error: quiet };

  const states: StepFunctions = new StepFunctions({
    clock,
    random: chaos,
    arnPrefix,
    machines: new Map([...shop.machines].map(([name, definition]) => [name, definition])),
    invoke: (name, payload, place) => lambda.invoke(name === sendEmailArn ? 'send-email' : name, payload, place),
    onStart: ({ name, machine, input }) => history.add({ what: 'started', execution: name, machine, input }),
    onState: ({ name }, state) => history.add({ what: 'entered', execution: name, state }),
    onEnd: (started) => {
      const { name, end } = started;
      history.add({ what: 'ended', execution: name, status: end?.status ?? '', ...(end?.error !== undefined && { error: end.error }), ...(end?.cause !== undefined && { cause: end.cause }) });
      tellOfEnd(world, started);
    },
  });
  const services = { dynamo, kinesis: stream, states, ses, s3 };
  const lambda: Lambda = new Lambda({ clock, faults, mostSkewMs, events: notes(history) }, functionsOf(shop, clientsFor(services, calls, chaos), () => chaos.next(), log));
  const refresh = new Refresh({ clock, dynamo, run: () => lambda.invoke('refresh-segments', {}), repeats: () => chaos.chance(faults.rates('lambda').duplicate) });
  const source = new EventSource({
    clock,
    faults,
    stream,
    batchSize: 500,
    invoke: (event) => lambda.invoke('process-events', event),
    giveUp: (records) => history.add({ what: 'dead-letter', where: 'given-up', sequenceNumbers: records.map(({ sequenceNumber }) => sequenceNumber) }),
  });
  const archiving = readIntoArchive({ clock, faults, stream, bucket: s3.buckets.archive, random: random.fork('archive') });
  // The stream grows and shrinks while all of it runs.
  for (let count = chaos.pick([0, 0, 1, 3]); count > 0; count -= 1) {
    clock.at(startMs + chaos.next() * days * dayMs, () => {
      const isGrowing = chaos.chance(0.6);
      const shard = chaos.pick(stream.shards.filter(({ isClosed }) => !isClosed));
      history.add({ what: 'world', note: `${isGrowing ? 'split' : 'merge'} of ${shard.id}` });
      if (isGrowing) stream.split(shard);
      else stream.merge(shard);
      // A closed shard that is read to its end lets its children be read.
      for (const reader of [source, archiving]) for (const one of [shard, ...stream.shards]) reader.wake(one);
    });
  }
  const world: World = { clock, random, faults, history, shop, dynamo, s3, stream, states, ses, lambda, refresh, mostSkewMs, hot, rejection, maxPerSecond: shop.config.contact.maxPerSecond ?? accountRate, edge: new Edge({ clock, faults, stream }), bus: new Bus({ clock, faults, lambda }), onMail: () => undefined, nameOfCode: namer('code') };

  const nameOfRedemption = namer('redemption');
  let writer = 'edge';
  stream.onRecord = (record, shard) => {
    history.add({ what: 'record', by: writer, ...recordOf(record, nameOfRedemption) });
    source.wake(shard);
    archiving.wake(shard);
  };
  const putRecords = stream.handle.bind(stream);
  stream.handle = (command) => {
    writer = 'product';
    try {
      return putRecords(command);
    } finally {
      writer = 'edge';
    }
  };
  letters.onPut = (_key, body) => {
    type Letter = Pick<StreamRecord, 'sequenceNumber'>;
    const json = JSON.parse(body.toString()) as Letter | { letters: Letter[] };
    history.add({ what: 'dead-letter', where: 'unreadable', sequenceNumbers: ('letters' in json ? json.letters : [json]).map(({ sequenceNumber }) => sequenceNumber) });
  };
  ses.onMail = (mail, by) => world.onMail(mail, by);
  const entered = new Set<string>();
  const joined = new Set<string>();
  dynamo.onWrite = (table, item, key) => {
    if (table !== 'profiles') return;
    const [userKey = '', part = ''] = [key.userKey?.S, key.part?.S];
    if (userKey.startsWith('backlog#')) history.add({ what: item === undefined ? 'released' : 'held', sequenceNumber: part.slice('event#'.length) });
    if (item === undefined) return;
    if (userKey === 'backlog') refresh.wanted(now());
    if (item.clo?.BOOL === true && !joined.has(item.userKey?.S ?? '')) {
      joined.add(item.userKey?.S ?? '');
      history.add({ what: 'joined', profile: item.userKey?.S ?? '', into: item.into?.S ?? '' });
    }
    if (item.dueAtMs?.N !== undefined) refresh.wanted(Number(item.dueAtMs.N));
    for (const run of Object.values(item.run?.M ?? {})) {
      const execution = run.M?.executionName?.S ?? '';
      if (entered.has(execution)) continue;
      entered.add(execution);
      history.add({ what: 'entry', execution, campaign: run.M?.campaign?.S ?? '', profile: item.userKey?.S ?? '' });
    }
  };
  return world;
}

/** Step Functions tell of each end by EventBridge. */
function tellOfEnd({ bus, history }: World, { name, arn, machineArn, input, startedAtMs, endedAtMs, end }: Started): void {
  const detail = { executionArn: arn, stateMachineArn: machineArn, name, status: end?.status, startDate: startedAtMs, stopDate: endedAtMs, input, output: null, error: end?.error ?? null, cause: end?.cause ?? null, inputDetails: { included: true } };
  bus.put('record-workflow-ends', { version: '0', source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail }, 0, (isDone) => {
    if (!isDone) history.add({ what: 'dead-letter', where: 'feedback', sequenceNumbers: [`end of ${name}`] });
  });
}

function namer(kind: string): (secret: string) => string {
  const names = new Map<string, string>();
  return (secret) => {
    const name = names.get(secret) ?? `${kind}-${names.size + 1}`;
    names.set(secret, name);
    return name;
  };
}

/** What of functions is worth knowing afterwards. */
function notes(history: History) {
  return {
    onStart({ id, functionName, by }: Invocation, payload: unknown) {
      const sequenceNumbers = functionName === 'process-events' ? (payload as KinesisStreamEvent).Records.map(({ kinesis }) => kinesis.sequenceNumber) : undefined;
      const place = by as TaskPlace | undefined;
      history.add({ what: 'invoked', invocation: id, function: functionName, ...(sequenceNumbers && { sequenceNumbers }), ...(place && { payload: { execution: place.executionName, ...(payload as object) } }) });
    },
    onEnd({ id, functionName }: Invocation, outcome: Outcome) {
      const failed = functionName === 'process-events' && 'value' in outcome ? (outcome.value as KinesisStreamBatchResponse).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) : undefined;
      history.add({ what: 'returned', invocation: id, function: functionName, ...('error' in outcome ? { error: outcome.error.name } : functionName === 'send-email' && { answer: outcome.value }), ...(failed && { failed }) });
    },
    onSleep({ id }: Invocation) {
      history.add({ what: 'slept', invocation: id });
    },
  };
}
