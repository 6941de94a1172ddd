import { workflowEndedEvent, type DomainEvent } from '../events/event.ts';
import { ownEnvelope } from '../events/own-event.ts';
import { workflowOutcomes, type WorkflowEnd, type WorkflowOutcome } from '../profile/effects.ts';
import { own } from '../own.ts';
import type { Profile } from '../profile/profile.ts';
import { cutText } from '../storable.ts';
import type { ExecutionStatusChange } from '../../schemas/states-event.ts';
import type { WorkflowInput } from '../../schemas/workflow.ts';

/** The error of an execution that was stopped because its person was erased. Its end is told to nobody: the event would carry the person's id into the archive again. */
export const personErased = 'PersonErased';

/** Failures are kept for at most so many campaigns, which is more than a shop has. */
const mostFailures = 100;

type Status = ExecutionStatusChange['detail']['status'];

const outcomes: Record<Status, WorkflowOutcome> = { SUCCEEDED: 'completed', ABORTED: 'stopped', FAILED: 'failed', TIMED_OUT: 'timed-out' };

/** The end of an execution as an event of the person; the same each time that it is told. Its cause may hold anything, so it stays in Step Functions. */
export function endedEnvelope({ name, status, stopDate, error }: ExecutionStatusChange['detail'], { userKey, campaign, key, entryAtMs }: WorkflowInput, receivedAtMs: number): ReturnType<typeof ownEnvelope> {
  const outcome = outcomes[status];
  const failed = outcome === 'failed' || outcome === 'timed-out';
  return ownEnvelope({
    userKey,
    name: workflowEndedEvent,
    // A redriven execution ends a second time.
    messageId: `${workflowEndedEvent}:${name}:${stopDate}`,
    properties: { campaign, key, execution_name: name, entry_at_ms: entryAtMs, outcome, ...(failed && { error: (error ?? 'States.Timeout').slice(0, 100) }) },
    receivedAtMs,
    atMs: stopDate,
  });
}

/** Reads such an event. @returns undefined for another event, or one that lacks a part */
function endIn({ name, properties, atMs }: DomainEvent): WorkflowEnd | undefined {
  if (name !== workflowEndedEvent) return undefined;
  const { campaign, execution_name: executionName, entry_at_ms: entryAtMs, error } = properties;
  const outcome = workflowOutcomes.find((one) => one === properties.outcome);
  if (typeof campaign !== 'string' || typeof executionName !== 'string' || typeof entryAtMs !== 'number' || outcome === undefined) return undefined;
  // Any server key can send one, and these values become names in the profile.
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(campaign) || executionName.length > 80) return undefined;
  return { campaign, executionName, entryAtMs, endedAtMs: atMs, outcome, ...(typeof error === 'string' && { error: cutText(error, 100) }) };
}

/**
 * Closes the run whose execution has ended, so that the person may come in again.
 * @returns nothing for an event of another kind
 */
export function workflowEnd({ runs, failures }: Pick<Profile, 'runs' | 'failures'>, event: DomainEvent): { runs: Profile['runs']; failures: Profile['failures']; end: WorkflowEnd } | undefined {
  const end = endIn(event);
  if (end === undefined) return undefined;
  const { campaign, executionName, endedAtMs, error } = end;
  const isNewest = error !== undefined && endedAtMs >= (own(failures, campaign)?.atMs ?? -Infinity);
  return {
    runs: Object.fromEntries(Object.entries(runs).filter(([, run]) => run.executionName !== executionName)),
    failures: isNewest && (Object.hasOwn(failures, campaign) || Object.keys(failures).length < mostFailures) ? { ...failures, [campaign]: { atMs: endedAtMs, error } } : failures,
    end,
  };
}
