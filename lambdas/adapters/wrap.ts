import middy from '@middy/core';
import { createLogger } from './logger.ts';

/**
 * Shared by all functions: a fault is logged by name and message, and rethrown to the caller, which retries.
 * @param answerToFault what a person sees in place of the error; for functions that show pages
 */
export function wrap<Event, Answer>(stage: string, handle: (event: Event) => Promise<Answer>, answerToFault?: (event: Event) => Answer) {
  const logger = createLogger(stage);
  return middy<Event, Answer>()
    .onError((request) => {
      const { error, event } = request;
      if (error?.message !== 'Unauthorized') logger.error('failed', { error: error?.name, reason: error?.message });
      if (answerToFault) request.response = answerToFault(event);
    })
    .handler(handle);
}
