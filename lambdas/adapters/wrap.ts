import middy from '@middy/core';
import { createLogger } from './logger.ts';

/** Shared by all functions: a fault is logged by name and message, and rethrown to the caller, which retries. */
export function wrap<Event, Answer>(stage: string, handle: (event: Event) => Promise<Answer>) {
  const logger = createLogger(stage);
  return middy<Event, Answer>()
    .onError(({ error }) => {
      if (error?.message !== 'Unauthorized') logger.error('failed', { error: error?.name, reason: error?.message });
    })
    .handler(handle);
}
