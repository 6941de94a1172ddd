import { UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expiryS } from '../domain/time.ts';

/** One task of a workflow that waits for an event. */
export interface Wait {
  /** The token with which Step Functions resumes the task. */
  token?: string;
  /** When the awaited event happened. */
  happenedAtMs?: number;
}

/**
 * Connects a waiting task with its event. Each of the two writes its own part and reads the other's in one call, so the second one
 * sees both, in whatever order they come and however often they are repeated.
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
    // When Step Functions repeats a task, it has a new token, and the old one no longer works.
    register: (executionName, wait, token, nowMs) => set(executionName, wait, '#mine = :mine', token, nowMs),
    happened: (executionName, wait, atMs) => set(executionName, wait, '#mine = if_not_exists(#mine, :mine)', atMs, atMs),
  };
}
