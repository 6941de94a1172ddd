import { parse } from 'velocityjs';
import { callMethod, print } from './java.ts';
import { TemplateError } from './template-error.ts';

/** Names that a template can read; `#set` adds to them. */
export type Scope = Record<string, unknown>;

/** A node as velocityjs parses it; blocks (`#if`, `#foreach`) are lists whose first node names them. */
type Node = string | Tag | Node[];
interface Tag {
  type: string;
  id?: string;
  value?: unknown;
  isEval?: boolean;
  operator?: string;
  expression?: Tag[];
  equal?: [Tag, Tag];
  path?: Attribute[];
  condition?: Tag;
  from?: Tag;
  to?: string;
}
interface Attribute {
  type: 'property' | 'method' | 'index';
  id: unknown;
  args?: Tag[] | false;
}

/**
 * Evaluates a template as API Gateway's Velocity does, which is an old one with changes of AWS's own: a missing or null
 * reference is true in `#if`, equals the empty text, and prints nothing. Where nobody has recorded what API Gateway
 * answers, this refuses: what renders here then renders in the cloud. test/aws-facts/ has the list, with sources.
 * @throws TemplateError for what is unknown of API Gateway, or not known here
 */
export function evaluate(template: string, scope: Scope): string {
  return renderNodes(parsed(template), scope);
}

const asts = new Map<string, Node[]>();

function parsed(template: string): Node[] {
  let ast = asts.get(template);
  if (!ast) asts.set(template, (ast = parse(template) as unknown as Node[]));
  return ast;
}

function renderNodes(nodes: readonly Node[], scope: Scope): string {
  let text = '';
  for (const node of nodes) text += renderNode(node, scope);
  return text;
}

function renderNode(node: Node, scope: Scope): string {
  if (typeof node === 'string') return node;
  if (Array.isArray(node)) return renderBlock(node, scope);
  if (node.type === 'references') return print(valueOf(node, scope));
  if (node.type === 'comment') return '';
  if (node.type === 'raw') return String(node.value);
  if (node.type !== 'set') throw new TemplateError(`#${node.id ?? node.type} is not supported`);
  assign(node.equal!, scope);
  return '';
}

function renderBlock([head, ...rest]: Node[], scope: Scope): string {
  const tag = head as Tag;
  if (tag.type === 'if') return renderIf([tag, ...rest], scope);
  if (tag.type === 'foreach') return renderForeach(tag, rest, scope);
  throw new TemplateError(`#${tag.type} is not supported`);
}

function renderIf(nodes: readonly Node[], scope: Scope): string {
  const isBranch = (node: Node): node is Tag =>
    typeof node === 'object' && !Array.isArray(node) && ['if', 'elseif', 'else'].includes(node.type);
  const taken = nodes.findIndex((node) => isBranch(node) && (node.type === 'else' || isTrue(valueOf(node.condition!, scope))));
  if (taken < 0) return '';
  const after = nodes.slice(taken + 1);
  const next = after.findIndex(isBranch);
  return renderNodes(next < 0 ? after : after.slice(0, next), scope);
}

/** Only `false` is false. */
const isTrue = (value: unknown): boolean => value !== false;

/** Rounds that API Gateway allows a loop. */
const maxRounds = 1000;

function renderForeach({ from, to = '' }: Tag, body: readonly Node[], scope: Scope): string {
  const items = valueOf(from!, scope) ?? [];
  if (!Array.isArray(items)) throw new TemplateError(`#foreach($${to}) over what is no list: ${typeName(items)}`);
  if (items.length > maxRounds) throw new TemplateError(`#foreach has ${items.length} rounds; API Gateway allows ${maxRounds}`);
  const outer = { item: scope[to], foreach: scope.foreach };
  let text = '';
  items.forEach((item: unknown, index) => {
    scope[to] = item;
    scope.foreach = { index, count: index + 1, first: index === 0, last: index + 1 === items.length, hasNext: index + 1 < items.length };
    text += renderNodes(body, scope);
  });
  Object.assign(scope, { [to]: outer.item, foreach: outer.foreach });
  return text;
}

function assign([target, source]: [Tag, Tag], scope: Scope): void {
  const value = valueOf(source, scope);
  const name = `$${[target.id, ...(target.path ?? []).map(({ id }) => id)].join('.')}`;
  // Velocity 1 keeps the old value, API Gateway seems to set "". A loop would take over the value of the round before.
  if (value === null || value === undefined) throw new TemplateError(`#set(${name} = null): what API Gateway does then is not known`);
  const path = target.path ?? [];
  const last = path.at(-1);
  if (!last) {
    scope[target.id!] = value;
    return;
  }
  const holder = path.slice(0, -1).reduce<unknown>((inner, attribute) => attributeOf(inner, attribute, scope), scope[target.id!]);
  if (last.type !== 'property' || typeof holder !== 'object' || holder === null) throw new TemplateError(`#set(${name}) is not supported`);
  (holder as Scope)[String(last.id)] = value;
}

function valueOf(tag: Tag, scope: Scope): unknown {
  switch (tag.type) {
    case 'references':
      return (tag.path ?? []).reduce<unknown>((inner, attribute) => attributeOf(inner, attribute, scope), own(scope, tag.id!));
    case 'string':
      return tag.isEval ? evaluate(String(tag.value), scope) : tag.value;
    case 'integer':
      return Number(tag.value);
    case 'bool':
      return tag.value === 'null' ? null : tag.value === 'true';
    case 'array':
      return (tag.value as Tag[]).map((one) => valueOf(one, scope));
    case 'math':
      return calculate(tag.operator!, tag.expression!, scope);
    default:
      throw new TemplateError(`${tag.type} is not supported`);
  }
}

function attributeOf(value: unknown, { type, id, args }: Attribute, scope: Scope): unknown {
  if (value === null || value === undefined) {
    if (type === 'method') throw new TemplateError(`.${String(id)}() of null: what API Gateway does then is not known`);
    return undefined;
  }
  if (type === 'method') return callMethod(value, String(id), (args || []).map((one) => valueOf(one, scope)));
  return own(value, type === 'index' ? print(valueOf(id as Tag, scope)) : String(id));
}

/** Never looks at prototypes: `$.constructor` is a property of the client's or nothing. */
function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Scope)[name] : undefined;
}

function calculate(operator: string, [left, right]: Tag[], scope: Scope): unknown {
  const a = valueOf(left!, scope);
  if (operator === 'parenthesis') return a;
  if (operator === 'not') return !isTrue(a);
  if (operator === '&&') return isTrue(a) && isTrue(valueOf(right!, scope));
  if (operator === '||') return isTrue(a) || isTrue(valueOf(right!, scope));
  const b = valueOf(right!, scope);
  if (operator === '==') return equals(a, b);
  if (operator === '!=') return !equals(a, b);
  if (operator === '+' && (typeof a === 'string' || typeof b === 'string') && a != null && b != null) return print(a) + print(b);
  if (typeof a !== 'number' || typeof b !== 'number')
    throw new TemplateError(`${typeName(a)} ${operator} ${typeName(b)}: what API Gateway does then is not known`);
  switch (operator) {
    case '+':
      return a + b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    default:
      throw new TemplateError(`${operator} is not supported`);
  }
}

/** Null equals the empty text. Between texts and numbers it depends on the version, so that is refused. */
function equals(a: unknown, b: unknown): boolean {
  const [left, right] = [a ?? '', b ?? ''];
  const isKnown = typeof left === typeof right || a === null || a === undefined || b === null || b === undefined;
  if (!isKnown || typeof left === 'object' || typeof right === 'object')
    throw new TemplateError(`${typeName(a)} == ${typeName(b)}: what API Gateway does then is not known`);
  return left === right;
}

const typeName = (value: unknown): string => (value === null || value === undefined ? 'null' : Array.isArray(value) ? 'list' : typeof value);
