/** The part of the Amazon States Language that this interpreter knows, in JSONPath mode. */
export interface Definition {
  StartAt: string;
  States: Record<string, State>;
  TimeoutSeconds?: number;
}

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  ErrorEquals: string[];
  ResultPath?: string | null;
  Next: string;
}

interface Flow {
  Comment?: string;
  Next?: string;
  End?: boolean;
  InputPath?: string | null;
  OutputPath?: string | null;
}

export interface TaskState extends Flow {
  Type: 'Task';
  Resource: string;
  Parameters?: unknown;
  ResultSelector?: unknown;
  ResultPath?: string | null;
  Retry?: Retrier[];
  Catch?: Catcher[];
  TimeoutSeconds?: number;
}

export type State =
  | TaskState
  | (Flow & { Type: 'Pass'; Result?: unknown; Parameters?: unknown; ResultPath?: string | null })
  | (Flow & { Type: 'Wait'; Seconds?: number; SecondsPath?: string; Timestamp?: string; TimestampPath?: string })
  | (Omit<Flow, 'Next' | 'End'> & { Type: 'Choice'; Choices: ({ Next: string } & Rule)[]; Default?: string })
  | (Omit<Flow, 'Next' | 'End'> & { Type: 'Succeed' })
  | { Type: 'Fail'; Comment?: string; Error?: string; Cause?: string };

export type Rule = { And: Rule[] } | { Or: Rule[] } | { Not: Rule } | ({ Variable: string } & Record<string, unknown>);

const flow = ['Type', 'Comment', 'Next', 'End', 'InputPath', 'OutputPath'];
const fields: Record<State['Type'], string[]> = {
  Task: [...flow, 'Resource', 'Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch', 'TimeoutSeconds'],
  Pass: [...flow, 'Result', 'Parameters', 'ResultPath'],
  Wait: [...flow, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: ['Type', 'Comment', 'InputPath', 'OutputPath', 'Choices', 'Default'],
  Succeed: ['Type', 'Comment', 'InputPath', 'OutputPath'],
  Fail: ['Type', 'Comment', 'Error', 'Cause'],
};

/** @throws Error for what is not part of the language, or not known here: better than to pass over it */
export function readDefinition(json: string): Definition {
  const definition = JSON.parse(json) as Definition;
  if (definition.States[definition.StartAt] === undefined) throw new Error(`StartAt: no state ${JSON.stringify(definition.StartAt)}`);
  for (const [name, state] of Object.entries(definition.States)) {
    const known = fields[state.Type] as string[] | undefined;
    if (known === undefined) throw new Error(`${name}: the type ${state.Type} is not known to the simulator`);
    const strange = Object.keys(state).find((field) => !known.includes(field));
    if (strange !== undefined) throw new Error(`${name}: ${strange} is not known to the simulator`);
    const next = [...('Next' in state ? [state.Next] : []), ...(state.Type === 'Choice' ? [...state.Choices.map(({ Next }) => Next), state.Default] : []), ...(state.Type === 'Task' ? (state.Catch ?? []).map(({ Next }) => Next) : [])];
    for (const target of next) if (target !== undefined && definition.States[target] === undefined) throw new Error(`${name}: no state ${JSON.stringify(target)}`);
    if ((state.Type === 'Task' || state.Type === 'Pass' || state.Type === 'Wait') && (state.Next === undefined) === (state.End !== true)) throw new Error(`${name}: needs either Next or End`);
  }
  return definition;
}
