import { UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expiryS } from '../domain/time.ts';

/** One task of a workflow that waits for an event. */
export interface Wait {
  /** Step Functions goes on with the task when it is given this back. */
  token?: string;
  /** When the event happened for which the task waits. */
  happenedAtMs?: number;
}

/**
 * Where a waiting task and the event meet. Each notes its own side and reads the other's in one write, so whoever comes
 * second sees both, in whatever order they come and however often they are repeated.
 */
export interface WaitStore {
  register(executionName: string, wait: string, token: string, nowMs: number): Promise<Wait>;
  happened(executionName: string, wait: string, atMs: number): Promise<Wait>;
}

/** Longer than any workflow waits. */
const keepDays = 400;

export function createWaitStore(client: DynamoDBDocumentClient, table: string): WaitStore {
  const set = async (executionName: string, wait: string, expression: string, value: string | number, atMs: number): Promise<Wait> => {
    const { Attributes = {} } = await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { kind: 'wait', id: `${executionName}#${wait}` },
        UpdateExpression: `SET ${expression}, expiresAtS = :expires`,
        ExpressionAttributeNames: { '#mine': typeof value === 'string' ? 'token' : 'happenedAtMs' },
        ExpressionAttributeValues: { ':mine': value, ':expires': expiryS(atMs, keepDays) },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes as Wait;
  };
  return {
    // A task that Step Functions repeats has a new token, and the old one is of no use any more.
    register: (executionName, wait, token, nowMs) => set(executionName, wait, '#mine = :mine', token, nowMs),
    happened: (executionName, wait, atMs) => set(executionName, wait, '#mine = if_not_exists(#mine, :mine)', atMs, atMs),
  };
}
