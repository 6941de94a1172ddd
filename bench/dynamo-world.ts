import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isConditionFailed } from '../lambdas/adapters/conditions.ts';

/** Calls and capacity that went through a client since it was counted last. */
export interface Consumption {
  calls: number;
  /** Those of the index included. */
  writeUnits: number;
  readUnits: number;
}

interface Consumed {
  CapacityUnits?: number;
}

type Item = Record<string, unknown>;

/**
 * Counts what a client consumes. The emulator reports it with each answer as DynamoDB does, except for what it leaves out: entries
 * of the index that move with a put, and writes whose condition fails, which cost as well.
 */
export function meter(client: DynamoDBDocumentClient): { take(): Consumption } {
  let total: Consumption = { calls: 0, writeUnits: 0, readUnits: 0 };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context.commandName);
      const isPut = command.startsWith('Put');
      const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL', ...(isPut && { ReturnValues: 'ALL_OLD' }) };
      total.calls += 1;
      const answer = await next({ ...args, input }).catch((error: unknown) => {
        if (isConditionFailed(error)) total.writeUnits += 1;
        throw error;
      });
      const { ConsumedCapacity: consumed, Attributes: before } = answer.output as { ConsumedCapacity?: Consumed | Consumed[]; Attributes?: Item };
      const units = [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
      if (!/^(Put|Update|Delete)/.test(command)) total.readUnits += units;
      else total.writeUnits += units + (isPut ? indexUnits(before, (args.input as { Item: Item }).Item) : 0);
      return answer;
    },
    { step: 'initialize', priority: 'low' },
  );
  return {
    take() {
      const taken = total;
      total = { calls: 0, writeUnits: 0, readUnits: 0 };
      return taken;
    },
  };
}

/** An entry of the index `due` is written when it appears, deleted when it goes, and both when its key changes. */
function indexUnits(before: Item | undefined, after: Item): number {
  const entryOf = (item: Item = {}) => (item.dueShard === undefined ? undefined : JSON.stringify([item.dueShard, item.dueAtMs]));
  const [old, next] = [entryOf(before), entryOf(after)];
  return old === next ? 0 : Number(old !== undefined) + Number(next !== undefined);
}
