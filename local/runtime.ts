import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Config } from '../lambdas/schemas/config.ts';
import { createApi } from './api-gateway/api.ts';
import type { HttpAnswer } from './api-gateway/responses.ts';
import { createControlServer } from './api-gateway/control.ts';
import { openPlans } from './api-gateway/plans.ts';
import { readApi } from './api-gateway/template.ts';
import { createAsyncInvoke } from './lambda/async-invoke.ts';
import { createAwsClients, localCredentials } from './stack/aws-clients.ts';
import { openClock, type Clock } from './time/clock.ts';
import { answerConsole } from './console/console.ts';
import { readPeople, type Person } from './console/people.ts';
import { firstEventOf } from './console/first-event.ts';
import { createMonthReport } from './console/report.ts';
import type { ConsoleSource } from './console/state.ts';
import { createEmail } from './ses/email.ts';
import { createEmailServer } from './ses/server.ts';
import type { Mail } from './ses/store.ts';
import { answerTracking } from './ses/tracker.ts';
import { closeServer, startEmulators, userEndpoint } from './stack/emulators.ts';
import { publishEndpoints } from './stack/endpoints.ts';
import { watchFeedFolder } from './feed-folder.ts';
import { createEventsServer } from './eventbridge/server.ts';
import { openEventBus } from './eventbridge/bus.ts';
import { runEventSource } from './kinesis/event-source.ts';
import { storeInBucket } from './kinesis/failure-destination.ts';
import { createFunctions, type FunctionDefinition } from './lambda/functions.ts';
import { createHttpServer, listen, listenForData } from './stack/http-server.ts';
import { refusalOfApi } from './stack/local-only.ts';
import { createResolver, type Place } from './step-functions/intrinsics.ts';
import { ensureKeys, type WriteKeys } from './stack/keys.ts';
import { readGrants } from './iam/grants.ts';
import { lockFolder } from './lock.ts';
import { replaceFile } from './storage/files.ts';
import { ensurePrivateFolder } from './storage/private-folder.ts';
import { partitionKeysOf, provision } from './stack/provision.ts';
import { runSchedules } from './eventbridge/schedules.ts';
import { openStates, type Execution } from './step-functions/states.ts';
import { statusEvent } from './step-functions/status-event.ts';
import { createParameterServer } from './ssm/server.ts';
import { createStatesServer } from './step-functions/server.ts';
import { loadTemplate } from './stack/template.ts';
import { expiringTables, runExpiry } from './storage/ttl.ts';
import { readFunctions, readMappings, readStateMachines } from './stack/wiring.ts';

export interface RuntimeOptions {
  /** 0 takes any that is free. */
  port: number;
  dataDir: string;
  /** Virtual seconds that pass in one real one. */
  timeScale: number;
  /** Virtual time of the first start with this data folder; the present, unless given. */
  startAtMs?: number;
  /** What `cdk synth` wrote. */
  templateDir: string;
  verbose: boolean;
  config: Config;
  /** Names under which the API is reached, beside those of this machine; see `refusalOfApi`. */
  allowedHosts?: readonly string[];
}

export interface Runtime {
  url: string;
  keys: WriteKeys;
  clock: Clock;
  people(): Promise<Person[]>;
  /** Newest first. */
  mails(): Mail[];
  /** Newest first. */
  executions(): Execution[];
  /** Invokes a function by name or ARN. @throws FunctionError */
  invoke(id: string, event: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

const region = 'eu-west-1';
const accountId = '000000000000';
/** Events that one function works on at a time; enough for many workflows that wake at once, on two cores. */
const functionConcurrency = 3;

/**
 * Starts everything that the template describes, on this machine. What it keeps lies in the data folder and outlives a kill.
 * @throws Error when the folder or the port is in use, or when the template holds what cannot run here
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataDir, config, verbose } = options;
  const inData = (name: string) => join(dataDir, name);
  const stopping = new AbortController();
  const warn = (message: string) => {
    if (!stopping.signal.aborted) process.stderr.write(`segue: ${message}\n`);
  };
  /** Undone in reverse order. */
  const cleanups: (() => unknown)[] = [];
  const stop = async () => {
    stopping.abort();
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  const unavailable: Answer = async () => ({ status: 503, headers: {}, body: 'starting or stopping' });
  let answer = unavailable;

  try {
    const template = loadTemplate(options.templateDir);
    ensurePrivateFolder(dataDir);
    cleanups.push(lockFolder(dataDir));
    // What runs here, for `npm run doctor`.
    replaceFile(inData('template.json'), template.text, 0o600);

    const server = createHttpServer(async (request, at) => {
      const refusal = refusalOfApi(request.headers, options.allowedHosts ?? []);
      if (refusal !== undefined) return { status: 403, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: refusal }) };
      return (stopping.signal.aborted ? unavailable : answer)(request, at);
    }, warn);
    const url = await listen(server, options.port);
    cleanups.push(() => closeServer(server));
    const place: Place = { region, accountId, apiUrl: url };
    const resolver = createResolver(template, place);

    const buckets = resolver.idsOf('AWS::S3::Bucket').map((id) => resolver.ref(id));
    const emulators = await startEmulators(dataDir, process.env, buckets, { grants: readGrants(template, resolver), partitionKeyOf: partitionKeysOf(resolver) });
    cleanups.push(() => emulators.close());
    const clients = createAwsClients(emulators, region);
    cleanups.push(() => clients.close());
    await provision(resolver, clients.dynamodb, clients.kinesis);

    const clock = openClock({
      file: inData('clock.json'),
      scale: options.timeScale,
      ...(options.startAtMs !== undefined && { startAtMs: options.startAtMs }),
    });
    cleanups.push(() => clock.close());

    // The functions need the addresses of servers that need the functions.
    const statesServer = createStatesServer({
      start: (...given) => states.start(...given),
      stop: (...given) => states.stop(...given),
      settleTask: (...given) => states.settleTask(...given),
      describe: (...given) => states.describe(...given),
      list: (...given) => states.list(...given),
      machines: () => states.machines(),
    });
    const emailServer = createEmailServer({ send: (request) => email.send(request) });
    const eventsServer = createEventsServer({ publish: (event) => bus.publish(event) }, { region, accountId, nowMs: clock.nowMs });
    const parameterServer = createParameterServer(inData('parameters.json'));
    const [statesUrl, emailUrl, eventsUrl, parametersUrl] = await Promise.all([listenForData(statesServer), listenForData(emailServer), listenForData(eventsServer), listenForData(parameterServer)]);
    cleanups.push(
      () => closeServer(statesServer),
      () => closeServer(emailServer),
      () => closeServer(eventsServer),
      () => closeServer(parameterServer),
    );

    const definitions = readFunctions(template, resolver, {
      AWS_REGION: region,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: emulators.dynamodbUrl,
      AWS_ENDPOINT_URL_KINESIS: emulators.kinesisUrl,
      AWS_ENDPOINT_URL_S3: emulators.s3Url,
      AWS_ENDPOINT_URL_SFN: userEndpoint(process.env, 'SFN') ?? statesUrl,
      AWS_ENDPOINT_URL_EVENTBRIDGE: userEndpoint(process.env, 'EVENTBRIDGE') ?? eventsUrl,
      AWS_ENDPOINT_URL_SSM: userEndpoint(process.env, 'SSM') ?? parametersUrl,
      AWS_ENDPOINT_URL_SESV2: userEndpoint(process.env, 'SESV2') ?? emailUrl,
    });
    const functions = createFunctions({
      definitions,
      clock,
      logFolder: inData('logs'),
      verbose,
      maxConcurrency: functionConcurrency,
    });
    cleanups.push(() => functions.close());
    functions.warm();
    const asyncInvoke = createAsyncInvoke(resolver, functions, clock, inData('queues'));

    const bus = openEventBus(resolver, inData('events'), asyncInvoke, warn, stopping.signal);
    cleanups.push(() => bus.close());
    const email = createEmail({ resolver, place, clock, bus, folder: inData('mail'), sesUrl: emulators.sesUrl });
    const states = openStates(readStateMachines(resolver), inData('executions'), { clock, invoke: functions.invoke, warn, ended: (execution) => bus.publish(statusEvent(execution, place)) });
    const loops: Promise<unknown>[] = [];
    cleanups.push(() => Promise.all(loops));
    // Before the loops, which wait for their functions. Both stop at this moment, and workflows first, so that they do not take a stopped function for a failed one.
    // Workflows of before go on from here, so a start that fails after this has to stop them as well.
    cleanups.push(() => Promise.all([states.close(), functions.close()]));
    const controlTable = resourceOf(definitions, 'CONTROL_TABLE');
    const profilesTable = resourceOf(definitions, 'PROFILES_TABLE');
    const keys = await ensureKeys(inData('keys.json'), clients.documents, controlTable, clock.nowMs());

    for (const { id, ...mapping } of readMappings(resolver)) {
      const stream = mapping.EventSourceArn;
      const functionArn = definitions.find(({ name, arn }) => mapping.FunctionName === name || mapping.FunctionName === arn)?.arn ?? mapping.FunctionName;
      const bucket = mapping.DestinationConfig?.OnFailure?.Destination.split(':::')[1];
      const common = { clock, region, streamArn: stream };
      loops.push(
        runEventSource(
          mapping,
          {
            ...common,
            kinesis: clients.kinesis,
            invoke: (event) => functions.invoke(functionArn, event),
            discard: async (discarded) => {
              warn(`${discarded.records.length} records were given up: ${discarded.condition}`);
              if (bucket !== undefined) await storeInBucket({ ...common, s3: clients.s3, bucket, mappingId: id, functionArn }, discarded);
            },
            warn,
            streamName: stream.split('/')[1]!,
            checkpointFile: inData(`checkpoints-${id}.json`),
          },
          stopping.signal,
        ),
      );
    }
    loops.push(runSchedules(resolver, { clock, invoke: asyncInvoke, warn, file: inData('schedules.json') }, stopping.signal));
    loops.push(runExpiry(expiringTables(resolver), clients.documents, clock, warn, stopping.signal));
    loops.push(watchFeedFolder({ folder: inData('products'), s3: clients.s3, warn, ...feedOf(definitions, functions.invoke) }, stopping.signal));

    const plans = openPlans(resolver, inData('usage-plans.json'));
    const plansServer = createControlServer(plans);
    const apiGatewayUrl = await listenForData(plansServer);
    cleanups.push(() => closeServer(plansServer));
    const api = createApi({
      api: readApi(resolver),
      plans,
      realNowMs: Date.now,
      invoke: functions.invoke,
      endpoints: { kinesis: emulators.kinesisUrl },
      nowMs: clock.nowMs,
      place,
    });
    const { dynamodbUrl, kinesisUrl, s3Url } = emulators;
    const streamName = resourceOf(definitions, 'STREAM_NAME');
    const deadLetterBucket = resourceOf(definitions, 'DEAD_LETTER_BUCKET');
    const stateMachineArnPrefix = resourceOf(definitions, 'STATE_MACHINE_ARN_PREFIX');
    cleanups.push(publishEndpoints(dataDir, { region, url, dynamodbUrl, kinesisUrl, s3Url, emailUrl, apiGatewayUrl, parametersUrl, statesUrl, stateMachineArnPrefix, streamName, deadLetterBucket }));
    const people = () => readPeople(clients.documents, profilesTable, config, clock.nowMs());
    const source: ConsoleSource = {
      url,
      keys,
      scale: options.timeScale,
      nowMs: clock.nowMs,
      people,
      mails: email.list,
      mail: email.get,
      executions: () => states.list(),
      monthReport: createMonthReport({ ...clients, profilesTable, controlTable, sendsTable: resourceOf(definitions, 'SENDS_TABLE'), deadLetterBucket, config, nowMs: clock.nowMs }),
      report: email.report,
      firstEvent: firstEventOf(config),
      segmentTitles: Object.fromEntries([...config.segments, config.fallback].map(({ name, title }) => [name, title])),
    };
    answer = async (request, at) => {
      if (at.pathname.startsWith('/_ses/')) return answerTracking(email, request, at.pathname);
      return (await answerConsole(source, request, at)) ?? clock.during(() => api(request, at));
    };
    return { url, keys, clock, people, mails: email.list, executions: () => states.list(), invoke: functions.invoke, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Answer = (request: IncomingMessage, url: URL) => Promise<HttpAnswer>;

/** Where the product feed lies, and how it is imported. */
function feedOf(definitions: readonly FunctionDefinition[], invoke: (arn: string, event: unknown) => Promise<unknown>) {
  const { arn = '' } = definitions.find(({ environment }) => environment.FEED_BUCKET !== undefined) ?? {};
  return { bucket: resourceOf(definitions, 'FEED_BUCKET'), prefix: resourceOf(definitions, 'FEED_KEY'), invoke: () => invoke(arn, {}) };
}

/** Physical name of a table, stream or bucket, from the functions that use it. */
function resourceOf(definitions: readonly FunctionDefinition[], variable: string): string {
  const name = definitions.map(({ environment }) => environment[variable]).find((value) => value !== undefined);
  if (name === undefined) throw new Error(`no function of the template has ${variable} in its environment`);
  return name;
}
