/** Did DynamoDB refuse a write because its condition does not hold? */
export const isConditionFailed = (error: unknown): boolean => error instanceof Error && error.name === 'ConditionalCheckFailedException';

/** @returns whether the write took place; false when its condition did not hold */
export async function ifConditionHolds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}

/** The condition of a write that succeeds only if the stored version is the one that was read; 0 means that there is no item yet. */
export const overVersion = (version: number) =>
  version === 0 ? { ConditionExpression: 'attribute_not_exists(ver)' } : { ConditionExpression: 'ver = :version', ExpressionAttributeValues: { ':version': version } };
