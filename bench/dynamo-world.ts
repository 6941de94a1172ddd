import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Calls and capacity that went through a client since it was counted last. */
export interface Consumption {
  calls: number;
  writeUnits: number;
  readUnits: number;
}

interface Consumed {
  CapacityUnits?: number;
  WriteCapacityUnits?: number;
}

/** Counts what a client consumes, as DynamoDB itself reports it with each answer. */
export function meter(client: DynamoDBDocumentClient): { take(): Consumption } {
  let total: Consumption = { calls: 0, writeUnits: 0, readUnits: 0 };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
      const consumed = (answer.output as { ConsumedCapacity?: Consumed | Consumed[] }).ConsumedCapacity;
      const units = [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
      total.calls += 1;
      if (/^(Put|Update|Delete)/.test(String(context.commandName))) total.writeUnits += units;
      else total.readUnits += units;
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
