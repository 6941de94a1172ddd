import { beforeAll, describe, expect, test } from 'vitest';
import { benchDynamo, itemBytes, type DynamoResult } from '../../bench/dynamo.ts';

let result: DynamoResult;
beforeAll(async () => {
  result = await benchDynamo(10);
}, 120_000);

describe('1,000 events, ten per person and batch', () => {
  test('need no more than 105 calls to DynamoDB and 120 write units', () => {
    expect(result.callsPer1000).toBeLessThanOrEqual(105);
    expect(result.writeUnitsPer1000).toBeLessThanOrEqual(120);
    // Each of the hundred people is written: fewer would mean that something was lost.
    expect(result.writeUnitsPer1000).toBeGreaterThanOrEqual(100);
  });

  test('leave profiles that one write unit holds', () => {
    expect(result.itemBytes.largest).toBeLessThanOrEqual(1024);
    expect(result.itemBytes.median).toBeGreaterThan(400);
  });
});

test('the size of an item is counted as DynamoDB documents it', () => {
  // Name 7 + text 5; name 1 + number of 13 digits 8; name 1 + list 3 + 2 elements of 1 + 2 and 1 + 2.
  expect(itemBytes({ userKey: 'u#ana', n: 1234567890123, l: [1, 2] })).toBe(12 + 9 + 10);
});
