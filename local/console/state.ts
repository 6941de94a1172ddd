import type { Mail } from '../ses/store.ts';
import type { Execution } from '../step-functions/states.ts';
import type { WriteKeys } from '../stack/keys.ts';
import type { FirstEvent } from './first-event.ts';
import type { Person } from './people.ts';

/** The state that the console shows; read again for each page. */
export interface ConsoleSource {
  url: string;
  keys: WriteKeys;
  scale: number;
  nowMs(): number;
  people(): Promise<Person[]>;
  mails(): Mail[];
  mail(messageId: string): Mail | undefined;
  /** Newest first. */
  executions(): Execution[];
  /** The report of a month, such as 2026-10, or of the present one. @throws Error when it is no month */
  monthReport(month?: string): Promise<{ html: string; json: string }>;
  report(messageId: string, outcome: 'bounced' | 'complained'): boolean;
  segmentTitles: Record<string, string>;
  /** What to send first, so that something happens. */
  firstEvent: FirstEvent;
}

/** A workflow as it is listed: its input holds ids only, and may be shown. */
export interface WorkflowView {
  name: string;
  machine: string;
  userKey: string;
  status: Execution['status'];
  startedAtMs: number;
  endedAtMs?: number;
  error?: string;
  cause?: string;
  /** The state that it is in, or the last one. */
  state?: string;
  states: { state: string; enteredAtMs: number }[];
  transitions: number;
}

export function workflowView({ name, machineName, input, status, startedAtMs, ended, history, transitions }: Execution): WorkflowView {
  const states = history.filter(({ type }) => type === 'entered').map(({ state, atMs }) => ({ state, enteredAtMs: atMs }));
  const { userKey = '' } = JSON.parse(input) as { userKey?: string };
  const last = states.at(-1)?.state;
  return {
    name,
    machine: machineName,
    userKey,
    status,
    startedAtMs,
    ...(ended && { endedAtMs: ended.atMs }),
    ...(ended?.error !== undefined && { error: ended.error }),
    ...(ended?.cause !== undefined && { cause: ended.cause }),
    ...(last !== undefined && { state: last }),
    states,
    transitions,
  };
}

/** A mail as it is listed, without its bodies. */
export function mailView({ html: _html, text: _text, headers: _headers, ...rest }: Mail): Omit<Mail, 'html' | 'text' | 'headers'> {
  return rest;
}
