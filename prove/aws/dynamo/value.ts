import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { addDecimals, compareDecimals, isStorableDecimal } from './decimal.ts';
import { invalid } from './errors.ts';

export type Item = Record<string, AttributeValue>;

export const typeOf = (value: AttributeValue): string => Object.keys(value)[0] ?? '';

/** As `=` in an expression: sets are equal in any order, numbers by their value. */
export function equal(a: AttributeValue, b: AttributeValue): boolean {
  if (typeOf(a) !== typeOf(b)) return false;
  if (a.S !== undefined) return a.S === b.S;
  if (a.N !== undefined) return compareDecimals(a.N, b.N as string) === 0;
  if (a.B !== undefined) return Buffer.compare(a.B, b.B as Uint8Array) === 0;
  if (a.BOOL !== undefined) return a.BOOL === b.BOOL;
  if (a.NULL !== undefined) return true;
  if (a.L !== undefined) return a.L.length === b.L?.length && a.L.every((one, index) => equal(one, b.L?.[index] as AttributeValue));
  if (a.M !== undefined) {
    const [left, right] = [a.M, b.M ?? {}];
    return Object.keys(left).length === Object.keys(right).length && Object.entries(left).every(([name, one]) => right[name] !== undefined && equal(one, right[name]));
  }
  const [left, right] = [membersOf(a), membersOf(b)];
  return left.length === right.length && left.every((one) => right.some((other) => equal(one, other)));
}

/** @returns undefined where DynamoDB has no order: values of different types, or of a type that has none */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.N !== undefined && b.N !== undefined) return compareDecimals(a.N, b.N);
  if (a.S !== undefined && b.S !== undefined) return a.S === b.S ? 0 : Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B);
  return undefined;
}

/** The members of a set as values; empty for what is no set. */
export function membersOf(value: AttributeValue): AttributeValue[] {
  if (value.SS !== undefined) return value.SS.map((S) => ({ S }));
  if (value.NS !== undefined) return value.NS.map((N) => ({ N }));
  if (value.BS !== undefined) return value.BS.map((B) => ({ B }));
  return [];
}

/** @returns undefined for an empty set, which DynamoDB does not store */
export function setOf(type: string, members: readonly AttributeValue[]): AttributeValue | undefined {
  if (members.length === 0) return undefined;
  return { [type]: members.map((member) => Object.values(member)[0] as unknown) } as unknown as AttributeValue;
}

export function added(a: AttributeValue | undefined, b: AttributeValue): AttributeValue {
  if (b.N !== undefined) {
    if (a !== undefined && a.N === undefined) throw invalid('An operand in the update expression has an incorrect data type');
    return { N: addDecimals(a?.N ?? '0', b.N) };
  }
  const members = membersOf(b);
  if (members.length === 0) throw invalid('Incorrect operand type for operator or function; operator: ADD');
  if (a !== undefined && typeOf(a) !== typeOf(b)) throw invalid('An operand in the update expression has an incorrect data type');
  const known = a === undefined ? [] : membersOf(a);
  return setOf(typeOf(b), [...known, ...members.filter((one) => !known.some((other) => equal(one, other)))]) as AttributeValue;
}

const deepest = 32;

/** @throws ValidationException for what DynamoDB does not store */
export function checkStorable(value: AttributeValue, depth = 1): void {
  if (value.N !== undefined && !isStorableDecimal(value.N)) throw invalid('Number overflow. Attempting to store a number with magnitude larger than supported range');
  for (const member of membersOf(value)) checkStorable(member, depth);
  const nested = value.L ?? (value.M && Object.values(value.M));
  if (nested === undefined) return;
  if (depth >= deepest) throw invalid('Nesting Levels have exceeded supported limits');
  for (const one of nested) checkStorable(one, depth + 1);
}

/** Bytes as DynamoDB counts them for its limit of 400 KB. */
export function sizeOf(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/[^0-9]/g, '').length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.L !== undefined) return 3 + value.L.reduce((sum, one) => sum + 1 + sizeOf(one), 0);
  if (value.M !== undefined) return 3 + Object.entries(value.M).reduce((sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + sizeOf(one), 0);
  return Math.max(1, membersOf(value).reduce((sum, one) => sum + sizeOf(one), 0));
}

export const itemSize = (item: Item): number => Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);
