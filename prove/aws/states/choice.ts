import type { Rule } from './definition.ts';
import { StatesError } from './errors.ts';
import { mustRead, read } from './paths.ts';

type Test = (value: unknown, wanted: unknown) => boolean;

const ofType = (type: string, test: (a: never, b: never) => boolean): Test => (value, wanted) => typeof value === type && typeof wanted === type && test(value as never, wanted as never);
const time = (text: unknown): number => (typeof text === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN);
const ofTime = (test: (a: number, b: number) => boolean): Test => (value, wanted) => !Number.isNaN(time(value)) && !Number.isNaN(time(wanted)) && test(time(value), time(wanted));

const orders: Record<string, (a: never, b: never) => boolean> = {
  Equals: (a, b) => a === b,
  LessThan: (a, b) => a < b,
  GreaterThan: (a, b) => a > b,
  LessThanEquals: (a, b) => a <= b,
  GreaterThanEquals: (a, b) => a >= b,
};

const tests: Record<string, Test> = {
  BooleanEquals: ofType('boolean', (a, b) => a === b),
  StringMatches: ofType('string', (value: string, pattern: string) => new RegExp(`^${pattern.split(/(?<!\\)\*/).map((part) => part.replaceAll('\\*', '*').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's').test(value)),
  IsNull: (value, wanted) => (value === null) === wanted,
  IsNumeric: (value, wanted) => (typeof value === 'number') === wanted,
  IsString: (value, wanted) => (typeof value === 'string') === wanted,
  IsBoolean: (value, wanted) => (typeof value === 'boolean') === wanted,
  IsTimestamp: (value, wanted) => !Number.isNaN(time(value)) === wanted,
  ...Object.fromEntries(
    Object.entries(orders).flatMap(([name, test]) => [
      [`String${name}`, ofType('string', test)],
      [`Numeric${name}`, ofType('number', test)],
      [`Timestamp${name}`, ofTime(test as (a: number, b: number) => boolean)],
    ]),
  ),
};

export function holds(rule: Rule, input: unknown, context: unknown): boolean {
  if ('And' in rule) return (rule.And as Rule[]).every((one) => holds(one, input, context));
  if ('Or' in rule) return (rule.Or as Rule[]).some((one) => holds(one, input, context));
  if ('Not' in rule) return !holds(rule.Not as Rule, input, context);
  const { Variable, Next: _next, Comment: _comment, ...comparison } = rule as { Variable: string } & Record<string, unknown>;
  const [operator = '', operand] = Object.entries(comparison)[0] ?? [];
  if (operator === 'IsPresent') return (read(Variable, input, context) !== undefined) === operand;
  const isPath = operator.endsWith('Path');
  const test = tests[isPath ? operator.slice(0, -'Path'.length) : operator];
  if (test === undefined) throw new StatesError('States.Runtime', `the simulator does not know the comparison ${operator}`);
  const value = read(Variable, input, context);
  if (value === undefined) throw new StatesError('States.Runtime', `Invalid path '${Variable}': the choice state's condition path references an invalid value`);
  return test(value, isPath ? mustRead(String(operand), input, context) : operand);
}
