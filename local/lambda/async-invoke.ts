import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../time/clock.ts';
import { appendJsonLine } from '../storage/files.ts';
import { FunctionError, type Functions } from './functions.ts';
import type { Resolver } from '../step-functions/intrinsics.ts';

/**
 * Lambda's asynchronous invocation, which EventBridge and its Scheduler use: two retries after one and two minutes, then the
 * function's failure destination. A queue is a file of JSON lines in the data folder's `queues`.
 */
export interface AsyncInvoke {
  /** Resolves when the event has succeeded or was given to the failure destination. @throws AbortError when the signal aborts between attempts */
  (functionArn: string, event: unknown, signal: AbortSignal): Promise<void>;
}

interface InvokeConfig {
  FunctionName: string;
  MaximumRetryAttempts?: number;
  DestinationConfig?: { OnFailure?: { Destination: string } };
}

const retryDelaysMs = [60_000, 120_000];

export function createAsyncInvoke(resolver: Resolver, functions: Functions, clock: Clock, queueFolder: string): AsyncInvoke {
  mkdirSync(queueFolder, { recursive: true });
  const configs = resolver.idsOf('AWS::Lambda::EventInvokeConfig').map((id) => resolver.properties<InvokeConfig>(id));
  return async (functionArn, event, signal) => {
    const config = configs.find(({ FunctionName }) => FunctionName === functionArn || functionArn.endsWith(`:function:${FunctionName}`));
    const retries = config?.MaximumRetryAttempts ?? retryDelaysMs.length;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await functions.invoke(functionArn, event);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof FunctionError)) throw error;
        if (attempt < retries) {
          await clock.waitUntil(clock.nowMs() + retryDelaysMs[attempt]!, signal);
          continue;
        }
        const queueArn = config?.DestinationConfig?.OnFailure?.Destination;
        if (queueArn)
          appendJsonLine(
            join(queueFolder, `${queueArn.split(':').at(-1)}.jsonl`),
            failureRecord(functionArn, event, error, attempt + 1, clock.nowMs()),
          );
        return;
      }
    }
  };
}

function failureRecord(functionArn: string, event: unknown, error: FunctionError, invokeCount: number, nowMs: number): object {
  return {
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    requestContext: { functionArn, condition: 'RetriesExhausted', approximateInvokeCount: invokeCount },
    requestPayload: event,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: error.errorType, errorMessage: error.message, trace: error.trace },
  };
}
