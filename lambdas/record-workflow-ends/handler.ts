import * as z from 'zod/mini';
import type { Logger } from '../adapters/logger.ts';
import type { Stream } from '../adapters/stream.ts';
import { endedEnvelope, personErased } from '../domain/campaigns/workflow-end.ts';
import { executionStatusChange } from '../schemas/states-event.ts';
import { workflowInput, type WorkflowInput } from '../schemas/workflow.ts';

export interface Deps {
  stream: Stream;
  logger: Logger;
  now: () => number;
}

/**
 * Puts the end of a workflow execution into the stream, as an event of its person. From this event the profile knows that the person may
 * enter again. Can be repeated: the event's message id is derived from the execution, so it counts once. The end of an erased person's
 * workflow makes no event, since the archive would then hold their id again.
 */
export function createHandler({ stream, logger, now }: Deps) {
  return async (event: unknown): Promise<void> => {
    const { detail } = executionStatusChange.parse(event);
    const input = inputOf(detail.input);
    // Somebody has started the state machine in the console, to try it out.
    if (input === undefined || input.executionName !== detail.name) return logger.warn('the end of an execution that Segue did not start', { execution: detail.name });
    if (detail.error === personErased) return logger.info('workflow of an erased person ended', { campaign: input.campaign });
    await stream.put([endedEnvelope(detail, input, now())]);
    const { status, error } = detail;
    logger.info('workflow ended', { campaign: input.campaign, status, ...(typeof error === 'string' && { error }) });
  };
}

function inputOf(text: string | null | undefined): WorkflowInput | undefined {
  try {
    return z.safeParse(workflowInput, JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}
