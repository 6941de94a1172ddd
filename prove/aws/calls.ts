import type { Clock } from '../time/clock.ts';
import type { Faults, Service } from './faults.ts';
import { never, type Invocation } from './invocation.ts';

/** How a client of one service behaves when things go wrong. */
export interface CallOptions {
  service: Service;
  /** Tries in all, as the SDK makes them by itself. */
  maxAttempts: number;
  /** What the service says when it refuses for now. */
  refusal: () => Error;
  /** After how long the client gives up waiting. */
  timeoutMs: number;
}

/**
 * One call of an AWS client, as the product sees it: requests take time, get lost on the way or on the way back, are refused
 * and tried again by the SDK. What the service has taken is done, whatever becomes of the invocation that asked for it.
 */
export function createCalls({ clock, faults }: { clock: Clock; faults: Faults }) {
  const { random } = faults;
  const travelMs = (isSlow: boolean) => (isSlow ? random.int(200, 4000) : random.int(1, 8));

  async function attempt<T>(options: CallOptions, invocation: Invocation | undefined, work: () => T): Promise<T> {
    const rates = faults.rates(options.service);
    const isSlow = random.chance(rates.slow);
    const crashesAt = invocation !== undefined && random.chance(rates.crash) ? random.pick(['before', 'under-way', 'after'] as const) : undefined;
    if (crashesAt === 'before') invocation?.kill('Runtime.ExitError');
    if (invocation?.isDead) return never();
    if (random.chance(rates.requestLost)) {
      await clock.sleep(options.timeoutMs);
      if (invocation?.isDead) return never();
      throw timeOut();
    }
    await clock.sleep(travelMs(isSlow));
    // A request that is on its way arrives even if its sender is gone by now.
    if (random.chance(rates.refused)) {
      await clock.sleep(travelMs(false));
      if (invocation?.isDead) return never();
      throw options.refusal();
    }
    const isAnswerLost = random.chance(rates.answerLost);
    if (crashesAt === 'under-way') invocation?.kill('Runtime.ExitError');
    const outcome = tried(work);
    if (crashesAt === 'after') invocation?.kill('Runtime.ExitError');
    await clock.sleep(isAnswerLost ? options.timeoutMs : travelMs(isSlow));
    if (invocation?.isDead) return never();
    if (isAnswerLost) throw timeOut();
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  return async function call<T>(options: CallOptions, invocation: Invocation | undefined, work: () => T): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(options, invocation, work);
      } catch (error) {
        if (tries >= options.maxAttempts || !isRetryable(error)) throw error;
        await clock.sleep(random.int(0, 100 * 2 ** tries));
        if (invocation?.isDead) return never();
      }
    }
  };
}

export type Call = ReturnType<typeof createCalls>;

function tried<T>(work: () => T): { value: T } | { error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

const timeOut = (): Error => Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });

const retried = new Set(['TimeoutError', 'ThrottlingException', 'ProvisionedThroughputExceededException', 'InternalServerError', 'InternalFailure', 'ServiceUnavailable', 'TooManyRequestsException', 'SlowDown']);
const isRetryable = (error: unknown): boolean => error instanceof Error && retried.has(error.name);

export const refusalNamed = (name: string) => (): Error => Object.assign(new Error('Rate exceeded'), { name, $metadata: { httpStatusCode: 400 } });
