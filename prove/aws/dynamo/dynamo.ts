import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
  type BatchGetCommandInput,
  type DeleteCommandInput,
  type GetCommandInput,
  type PutCommandInput,
  type QueryCommandInput,
  type ScanCommandInput,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { conditionFailed, invalid, partitionBusy } from './errors.ts';
import { applied, holds, Placeholders, projected } from './evaluate.ts';
import { parseCondition, parseProjection, parseUpdate, type Condition, type Path } from './parse.ts';
import { Table, type TableShape } from './table.ts';
import { equal, itemSize, type Item } from './value.ts';

interface Conditional {
  ConditionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Record<string, unknown> | undefined;
  ReturnValuesOnConditionCheckFailure?: string | undefined;
}

/** As the document client of the product is made. */
const marshallOptions = { removeUndefinedValues: true };
const toItem = (value: Record<string, unknown> | undefined): Item => marshall(value ?? {}, marshallOptions) as Item;
const placeholders = ({ ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Conditional) => new Placeholders(names, values && toItem(values));

const pageBytes = 1024 * 1024;
const batchKeys = 100;

/** DynamoDB in memory, as the document client speaks to it: takes its commands, gives their answers, throws its exceptions. */
export class Dynamo {
  readonly tables: ReadonlyMap<string, Table>;
  /** Told of each write, after it. */
  onWrite: (table: string, item: Item | undefined, key: Item) => void = () => undefined;
  /** Is this key of a BatchGetItem left unprocessed? */
  leavesOut: () => boolean = () => false;
  /** Is the partition of this key throttled? */
  isBusy: (table: string, hashKey: string) => boolean = () => false;

  constructor(shapes: Record<string, TableShape>, now: () => number) {
    this.tables = new Map(Object.entries(shapes).map(([name, shape]) => [name, new Table(shape, now)]));
  }

  /** Carries out one command at once. */
  handle(command: object): object {
    if (command instanceof GetCommand) return this.get(command.input);
    if (command instanceof PutCommand) return this.put(command.input);
    if (command instanceof UpdateCommand) return this.update(command.input);
    if (command instanceof DeleteCommand) return this.delete(command.input);
    if (command instanceof QueryCommand) return this.query(command.input);
    if (command instanceof ScanCommand) return this.scan(command.input);
    if (command instanceof BatchGetCommand) return this.batchGet(command.input);
    throw new Error(`the simulated DynamoDB does not know ${command.constructor.name}`);
  }

  private table(name: string | undefined): Table {
    const table = this.tables.get(name ?? '');
    if (table === undefined) throw Object.assign(invalid('Requested resource not found'), { name: 'ResourceNotFoundException' });
    return table;
  }

  private isBusyAt(name: string | undefined, key: Item): boolean {
    return this.isBusy(name ?? '', key[this.table(name).shape.key.hash]?.S ?? '');
  }

  private get({ TableName, Key, ConsistentRead, ProjectionExpression, ...expressions }: GetCommandInput): object {
    if (this.isBusyAt(TableName, toItem(Key))) throw partitionBusy();
    const item = this.table(TableName).get(toItem(Key), ConsistentRead === true);
    const given = placeholders(expressions);
    const paths = ProjectionExpression === undefined ? undefined : parseProjection(ProjectionExpression);
    given.use(paths);
    given.checkAllUsed();
    if (item === undefined) return {};
    return { Item: unmarshall(paths ? projected(paths, item, given) : item) };
  }

  private put(input: PutCommandInput): object {
    const table = this.table(input.TableName);
    const item = toItem(input.Item);
    const key = table.keyIn(item);
    table.checkItem(item);
    if (this.isBusyAt(input.TableName, key)) throw partitionBusy();
    const before = this.checked(table, key, input, placeholders(input));
    this.write(input.TableName, table, key, item);
    return input.ReturnValues === 'ALL_OLD' && before ? { Attributes: unmarshall(before) } : {};
  }

  private delete(input: DeleteCommandInput): object {
    const table = this.table(input.TableName);
    const key = toItem(input.Key);
    if (this.isBusyAt(input.TableName, key)) throw partitionBusy();
    const before = this.checked(table, key, input, placeholders(input));
    if (before) this.write(input.TableName, table, key, undefined);
    return input.ReturnValues === 'ALL_OLD' && before ? { Attributes: unmarshall(before) } : {};
  }

  private update(input: UpdateCommandInput): object {
    const table = this.table(input.TableName);
    const key = toItem(input.Key);
    const given = placeholders(input);
    const update = parseUpdate(input.UpdateExpression ?? '');
    given.use(update);
    checkNoOverlap([...update.set, ...update.add, ...update.delete].map((one) => given.path(one.path)).concat(update.remove.map((path) => given.path(path))));
    for (const path of [...update.set, ...update.add, ...update.delete].map((one) => one.path).concat(update.remove)) {
      const name = given.path(path)[0] as string;
      if (key[name] !== undefined) throw invalid(`One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`);
    }
    if (this.isBusyAt(input.TableName, key)) throw partitionBusy();
    const before = this.checked(table, key, input, given);
    const after = applied(update, before ?? key, given);
    this.write(input.TableName, table, key, after);
    const returned = returnedBy(input.ReturnValues, before, after);
    return returned ? { Attributes: unmarshall(returned) } : {};
  }

  private write(name: string | undefined, table: Table, key: Item, item: Item | undefined): void {
    table.write(key, item);
    this.onWrite(name ?? '', item, key);
  }

  /** @returns the item as it is @throws ConditionalCheckFailedException */
  private checked(table: Table, key: Item, { ConditionExpression, ReturnValuesOnConditionCheckFailure }: Conditional, given: Placeholders): Item | undefined {
    const before = table.get(key, true);
    const condition = ConditionExpression === undefined ? undefined : parseCondition(ConditionExpression);
    given.use(condition);
    given.checkAllUsed();
    if (condition && !holds(condition, before ?? {}, given)) throw conditionFailed(ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? before : undefined);
    return before;
  }

  private query(input: QueryCommandInput): object {
    const table = this.table(input.TableName);
    const given = placeholders(input);
    const condition = parseCondition(input.KeyConditionExpression ?? '');
    const filter = input.FilterExpression === undefined ? undefined : parseCondition(input.FilterExpression);
    given.use([condition, filter, input.ProjectionExpression === undefined ? [] : parseProjection(input.ProjectionExpression)]);
    given.checkAllUsed();
    if (input.IndexName !== undefined && input.ConsistentRead) throw invalid('Consistent reads are not supported on global secondary indexes');
    const hashValue = hashIn(condition, table.keyOf(input.IndexName).hash, given);
    if (input.IndexName === undefined && this.isBusy(input.TableName ?? '', hashValue.S ?? '')) throw partitionBusy();
    const found = table.partition(input.IndexName, hashValue, input.ConsistentRead === true).filter((item) => holds(condition, item, given));
    if (input.ScanIndexForward === false) found.reverse();
    return page(table, input, found, filter, given);
  }

  private scan(input: ScanCommandInput): object {
    const table = this.table(input.TableName);
    const given = placeholders(input);
    const filter = input.FilterExpression === undefined ? undefined : parseCondition(input.FilterExpression);
    given.use([filter, input.ProjectionExpression === undefined ? [] : parseProjection(input.ProjectionExpression)]);
    given.checkAllUsed();
    const all = table.scan(input.ConsistentRead === true);
    const { Segment: part = 0, TotalSegments: of = 1 } = input;
    const hashes = [...new Set(all.map((item) => JSON.stringify(item[table.shape.key.hash])))];
    const own = new Set(hashes.slice(Math.floor((part * hashes.length) / of), Math.floor(((part + 1) * hashes.length) / of)));
    return page(table, input, all.filter((item) => own.has(JSON.stringify(item[table.shape.key.hash]))), filter, given);
  }

  private batchGet({ RequestItems = {} }: BatchGetCommandInput): object {
    const Responses: Record<string, unknown[]> = {};
    const UnprocessedKeys: Record<string, object> = {};
    const count = Object.values(RequestItems).reduce((sum, { Keys = [] }) => sum + Keys.length, 0);
    if (count === 0 || count > batchKeys) throw invalid(count === 0 ? 'RequestItems must not be empty' : 'Too many items requested for the BatchGetItem call');
    for (const [name, { Keys = [], ConsistentRead }] of Object.entries(RequestItems)) {
      const table = this.table(name);
      const keys = Keys.map((key) => toItem(key));
      if (new Set(keys.map((key) => JSON.stringify(table.keyIn(key)))).size < keys.length) throw invalid('Provided list of item keys contains duplicates');
      const isBusy = keys.map((key) => this.isBusyAt(name, key));
      const isLeft = keys.map((_key, place) => isBusy[place] || (this.leavesOut() && place !== 0));
      const read = keys.filter((_, place) => !isLeft[place]);
      const left = Keys.filter((_, place) => isLeft[place]);
      // An answer without any item is an exception instead.
      if (read.length === 0) throw partitionBusy();
      if (left.length > 0) UnprocessedKeys[name] = { Keys: left, ...(ConsistentRead !== undefined && { ConsistentRead }) };
      Responses[name] = read.flatMap((key) => {
        const item = table.get(key, ConsistentRead === true);
        return item ? [unmarshall(item)] : [];
      });
    }
    return { Responses, UnprocessedKeys };
  }
}

/** One update must not touch a place twice, nor a place and what is in it. */
function checkNoOverlap(paths: readonly Path[]): void {
  const texts = paths.map((path) => path.map(String).join('\u0000'));
  const overlaps = texts.some((one, place) => texts.some((other, otherPlace) => place !== otherPlace && (one === other || one.startsWith(`${other}\u0000`))));
  if (overlaps) throw invalid('Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths');
}

function hashIn(condition: Condition, hash: string, given: Placeholders): AttributeValue {
  const terms = condition.op === 'and' ? condition.terms : [condition];
  for (const term of terms) {
    if (term.op === '=' && 'path' in term.left && given.name(String(term.left.path[0])) === hash && 'value' in term.right) return given.value(term.right.value);
  }
  throw invalid('Query condition missed key schema element');
}

type Page = Pick<QueryCommandInput, 'Limit' | 'ExclusiveStartKey' | 'ProjectionExpression' | 'IndexName' | 'Select'>;

function page(table: Table, { Limit, ExclusiveStartKey, ProjectionExpression, IndexName }: Page, found: readonly Item[], filter: Condition | undefined, given: Placeholders): object {
  const startKey = ExclusiveStartKey && toItem(ExclusiveStartKey);
  const isStart = (item: Item) => startKey !== undefined && Object.entries(table.keyIn(item)).every(([name, value]) => startKey[name] !== undefined && equal(startKey[name], value));
  const rest = found.slice(startKey === undefined ? 0 : found.findIndex(isStart) + 1);
  let bytes = 0;
  const read: Item[] = [];
  for (const item of rest) {
    if (read.length === Limit || bytes > pageBytes) break;
    read.push(item);
    bytes += itemSize(item);
  }
  const paths: readonly Path[] | undefined = ProjectionExpression === undefined ? undefined : parseProjection(ProjectionExpression);
  const passed = filter ? read.filter((item) => holds(filter, item, given)) : read;
  const shown = (item: Item) => (paths ? projected(paths, item, given) : IndexName === undefined ? item : table.keyIn(item, IndexName));
  const last = read.at(-1);
  // A page that is full says where the next one begins, whether or not there is one.
  const isFull = last !== undefined && (read.length === Limit || read.length < rest.length);
  return { Items: passed.map((item) => unmarshall(shown(item))), Count: passed.length, ScannedCount: read.length, ...(isFull && { LastEvaluatedKey: unmarshall(table.keyIn(last, IndexName)) }) };
}

function returnedBy(wanted: string | undefined, before: Item | undefined, after: Item): Item | undefined {
  const differing = (item: Item) => Object.fromEntries(Object.entries(item).filter(([name, value]) => before?.[name] === undefined || after[name] === undefined || !equal(before[name], after[name]) || value !== before[name]));
  if (wanted === 'ALL_NEW') return after;
  if (wanted === 'ALL_OLD') return before;
  if (wanted === 'UPDATED_NEW') return differing(after);
  return wanted === 'UPDATED_OLD' && before ? differing(before) : undefined;
}
