import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ControlKind } from '../../lambdas/schemas/control-kinds.ts';
import { allow } from './stage-function.ts';

type Call = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query';

/** Calls on items of some kinds of the control table, whose partition key is the kind. */
export const onKinds = (table: Pick<ITable, 'tableArn'>, calls: readonly Call[], kinds: readonly ControlKind[]): PolicyStatement => onPartitions(table, calls, kinds);

/**
 * Calls on items with some partition keys, or patterns of them. "For all values" also holds for a call that names no
 * key, such as a scan, so the second condition asks for one.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function onPartitions({ tableArn }: Pick<ITable, 'tableArn'>, calls: readonly Call[], keys: readonly string[]): PolicyStatement {
  return allow(
    calls.map((call) => `dynamodb:${call}`),
    [tableArn],
    { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...keys] }, Null: { 'dynamodb:LeadingKeys': 'false' } },
  );
}
