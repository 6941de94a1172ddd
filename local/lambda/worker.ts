import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { shiftDate } from '../time/virtual-date.ts';
import { SharedTime } from '../time/virtual-time.ts';

/** One execution environment of a Lambda function: loads the bundled handler once and runs one event at a time. */

export interface WorkerData {
  folder: string;
  /** `index.handler`: file without its ending, and the name that it exports. */
  handler: string;
  /** Memory of the clock that all functions share. */
  time: SharedArrayBuffer;
  functionName: string;
  arn: string;
  memoryMb: number;
}

export interface Invocation {
  requestId: string;
  event: string;
  deadlineRealMs: number;
}

export type Outcome = { result: string } | { error: { errorType: string; errorMessage: string; trace: string[] } };

const { folder, handler, time, functionName, arn, memoryMb } = workerData as WorkerData;
const realNow = Date.now.bind(Date);
shiftDate(new SharedTime(time));

type Handler = (event: unknown, context: unknown) => unknown;
const loaded = load();
// The next invocation reports a failed load; until then the rejection must not count as unhandled.
loaded.catch(() => undefined);

parentPort!.on('message', (invocation: Invocation) => void run(invocation).then((outcome) => parentPort!.postMessage(outcome)));

async function run({ requestId, event, deadlineRealMs }: Invocation): Promise<Outcome> {
  try {
    const handle = await loaded;
    const context = {
      awsRequestId: requestId,
      functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: String(memoryMb),
      logGroupName: `/aws/lambda/${functionName}`,
      logStreamName: 'local',
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadlineRealMs - realNow()),
    };
    return { result: JSON.stringify((await handle(JSON.parse(event), context)) ?? null) };
  } catch (error) {
    return { error: describe(error) };
  }
}

async function load(): Promise<Handler> {
  const [file = '', exported = ''] = handler.split('.');
  for (const ending of ['.mjs', '.js']) {
    try {
      const module = (await import(pathToFileURL(join(folder, file + ending)).href)) as Record<string, Handler>;
      const found = module[exported];
      if (typeof found !== 'function') throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
      return found;
    } catch (error) {
      if (!isMissing(error, file + ending)) throw error;
    }
  }
  throw named('Runtime.ImportModuleError', `Cannot find module '${file}' in ${folder}`);
}

const isMissing = (error: unknown, file: string): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(join(folder, file));

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

function describe(error: unknown): { errorType: string; errorMessage: string; trace: string[] } {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}
