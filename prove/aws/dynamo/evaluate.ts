import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { negated } from './decimal.ts';
import { invalid } from './errors.ts';
import type { Condition, Operand, Path, Sum, Update } from './parse.ts';
import { added, checkStorable, compare, equal, membersOf, setOf, sizeOf, typeOf, type Item } from './value.ts';

/** The names and values that a request gives for its expressions. Each must be used, as DynamoDB asks. */
export class Placeholders {
  private readonly names: Record<string, string>;
  private readonly values: Record<string, AttributeValue>;
  private readonly used = new Set<string>();

  constructor(names: Record<string, string> | undefined, values: Record<string, AttributeValue> | undefined) {
    this.names = names ?? {};
    this.values = values ?? {};
    if (values !== undefined && Object.keys(values).length === 0) throw invalid('ExpressionAttributeValues must not be empty');
    if (names !== undefined && Object.keys(names).length === 0) throw invalid('ExpressionAttributeNames must not be empty');
    for (const value of Object.values(this.values)) checkStorable(value);
  }

  name(part: string): string {
    if (!part.startsWith('#')) return part;
    this.used.add(part);
    const name = this.names[part];
    if (name === undefined) throw invalid(`An expression attribute name used in the document path is not defined; attribute name: ${part}`);
    return name;
  }

  path(path: Path): Path {
    return path.map((part) => (typeof part === 'string' ? this.name(part) : part));
  }

  value(name: string): AttributeValue {
    this.used.add(name);
    const value = this.values[name];
    if (value === undefined) throw invalid(`An expression attribute value used in expression is not defined; attribute value: ${name}`);
    return value;
  }

  /** Marks everything that an expression names, whether or not it is looked at this time. */
  use(expression: unknown): void {
    if (typeof expression === 'string') {
      if (expression.startsWith('#')) this.name(expression);
      else if (expression.startsWith(':')) this.value(expression);
    } else if (expression !== null && typeof expression === 'object') for (const part of Object.values(expression)) this.use(part);
  }

  checkAllUsed(): void {
    const unused = [...Object.keys(this.names), ...Object.keys(this.values)].filter((name) => !this.used.has(name));
    if (unused.length > 0) throw invalid(`Value provided in ExpressionAttributeValues or ExpressionAttributeNames unused in expressions: keys: {${unused.join(', ')}}`);
  }
}

export function at(item: Item, path: Path): AttributeValue | undefined {
  let here: AttributeValue | undefined = { M: item };
  for (const part of path) here = typeof part === 'number' ? here?.L?.[part] : here?.M !== undefined && Object.hasOwn(here.M, part) ? here.M[part] : undefined;
  return here;
}

function valueOf(operand: Operand, item: Item, given: Placeholders): AttributeValue | undefined {
  if ('path' in operand) return at(item, given.path(operand.path));
  if ('value' in operand) return given.value(operand.value);
  const [first, second] = operand.args;
  if (first === undefined) throw invalid(`Incorrect number of operands for operator or function; operator or function: ${operand.call}`);
  const one = valueOf(first, item, given);
  // Numbers, booleans and null have no size, so that no comparison with it holds.
  if (operand.call === 'size') return one === undefined || one.N !== undefined || one.BOOL !== undefined || one.NULL !== undefined ? undefined : { N: String(lengthOf(one)) };
  if (second === undefined) throw invalid(`Incorrect number of operands for operator or function; operator or function: ${operand.call}`);
  if (operand.call === 'if_not_exists') return one ?? valueOf(second, item, given);
  const other = valueOf(second, item, given);
  if (one?.L === undefined || other?.L === undefined) throw invalid('An operand in the update expression has an incorrect data type');
  return { L: [...one.L, ...other.L] };
}

const lengthOf = (value: AttributeValue): number => value.L?.length ?? (value.M && Object.keys(value.M).length) ?? (membersOf(value).length || sizeOf(value));

export function holds(condition: Condition, item: Item, given: Placeholders): boolean {
  switch (condition.op) {
    case 'and':
      return condition.terms.every((term) => holds(term, item, given));
    case 'or':
      return condition.terms.some((term) => holds(term, item, given));
    case 'not':
      return !holds(condition.term, item, given);
    case 'attribute_exists':
      return at(item, given.path(condition.path)) !== undefined;
    case 'attribute_not_exists':
      return at(item, given.path(condition.path)) === undefined;
    case 'between': {
      const [of, from, to] = [condition.of, condition.from, condition.to].map((operand) => valueOf(operand, item, given));
      if (of === undefined || from === undefined || to === undefined) return false;
      return (compare(of, from) ?? -1) >= 0 && (compare(of, to) ?? 1) <= 0;
    }
    case 'in': {
      const of = valueOf(condition.of, item, given);
      return of !== undefined && condition.list.some((operand) => isEqual(of, valueOf(operand, item, given)));
    }
    case 'attribute_type':
    case 'begins_with':
    case 'contains':
      return relates(condition.op, valueOf(condition.of, item, given), valueOf(condition.value, item, given));
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [left, right] = [valueOf(condition.left, item, given), valueOf(condition.right, item, given)];
      // What is not there differs from everything, and is neither greater nor less.
      if (left === undefined || right === undefined) return condition.op === '<>' && (left ?? right) !== undefined;
      if (condition.op === '=') return equal(left, right);
      if (condition.op === '<>') return !equal(left, right);
      const order = compare(left, right);
      if (order === undefined) return false;
      return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[condition.op];
    }
  }
}

const isEqual = (a: AttributeValue, b: AttributeValue | undefined): boolean => b !== undefined && equal(a, b);

function relates(op: 'attribute_type' | 'begins_with' | 'contains', of: AttributeValue | undefined, value: AttributeValue | undefined): boolean {
  if (of === undefined || value === undefined) return false;
  if (op === 'attribute_type') return typeOf(of) === value.S;
  if (op === 'begins_with') return of.S !== undefined && value.S !== undefined ? of.S.startsWith(value.S) : of.B !== undefined && value.B !== undefined && Buffer.from(of.B).subarray(0, value.B.length).equals(value.B);
  if (of.S !== undefined) return value.S !== undefined && of.S.includes(value.S);
  return [...membersOf(of), ...(of.L ?? [])].some((member) => equal(member, value));
}

/** The item as the update leaves it. All that it reads, it reads from the item as it was. */
export function applied({ set, remove, add, delete: deletes }: Update, item: Item, given: Placeholders): Item {
  // Stored items are never changed in place; what is nested is only copied where a path leads into it.
  const isDeep = [...set, ...add, ...deletes].some(({ path }) => path.length > 1) || remove.some((path) => path.length > 1);
  const next = isDeep ? structuredClone(item) : { ...item };
  const changes = set.map(({ path, to }) => ({ path: given.path(path), value: sumOf(to, item, given) }));
  for (const { path, value } of changes) put(next, path, value);
  for (const { path, value } of add) {
    const own = given.path(path);
    put(next, own, added(at(item, own), valueOf(value, item, given) as AttributeValue));
  }
  for (const { path, value } of deletes) {
    const own = given.path(path);
    const [known, gone] = [at(item, own), valueOf(value, item, given) as AttributeValue];
    if (membersOf(gone).length === 0) throw invalid('Incorrect operand type for operator or function; operator: DELETE');
    if (known !== undefined && typeOf(known) !== typeOf(gone)) throw invalid('An operand in the update expression has an incorrect data type');
    if (known === undefined) continue;
    const left = setOf(typeOf(known), membersOf(known).filter((one) => !membersOf(gone).some((other) => equal(one, other))));
    if (left === undefined) take(next, own);
    else put(next, own, left);
  }
  // From the end of a list, so that the places of the others stay the same meanwhile.
  for (const path of remove.map((one) => given.path(one)).sort((a, b) => Number(b.at(-1)) - Number(a.at(-1)))) take(next, path);
  return next;
}

function sumOf({ first, sign, second }: Sum, item: Item, given: Placeholders): AttributeValue {
  const value = valueOf(first, item, given);
  if (value === undefined) throw invalid('The provided expression refers to an attribute that does not exist in the item');
  if (sign === undefined || second === undefined) return value;
  const other = valueOf(second, item, given);
  if (value.N === undefined || other?.N === undefined) throw invalid('An operand in the update expression has an incorrect data type');
  return added(value, { N: sign === '-' ? negated(other.N) : other.N });
}

function parentOf(item: Item, path: Path): AttributeValue {
  const parent = path.length === 1 ? { M: item } : at(item, path.slice(0, -1));
  if (parent?.M === undefined && parent?.L === undefined) throw invalid('The document path provided in the update expression is invalid for update');
  return parent;
}

function put(item: Item, path: Path, value: AttributeValue): void {
  const parent = parentOf(item, path);
  const last = path.at(-1) as string | number;
  if (typeof last === 'number') parent.L?.splice(Math.min(last, parent.L.length), 1, value);
  else if (parent.M) parent.M[last] = value;
}

function take(item: Item, path: Path): void {
  const parent = parentOf(item, path);
  const last = path.at(-1) as string | number;
  if (typeof last === 'number') parent.L?.splice(last, 1);
  else if (parent.M) delete parent.M[last];
}

/** The parts of an item that a projection names. */
export function projected(paths: readonly Path[], item: Item, given: Placeholders): Item {
  const result: Item = {};
  for (const path of paths.map((one) => given.path(one))) {
    const value = at(item, path);
    if (value === undefined) continue;
    let here: AttributeValue = { M: result };
    for (const [place, part] of path.entries()) {
      const next: AttributeValue = place === path.length - 1 ? value : typeof path[place + 1] === 'number' ? { L: [] } : { M: {} };
      if (typeof part === 'number') here = (here.L as AttributeValue[])[(here.L as AttributeValue[]).push(next) - 1] as AttributeValue;
      else here = (here.M as Item)[part] ??= next;
    }
  }
  return result;
}
