import { parse } from 'velocityjs';

type Tree = Record<string, unknown>;

/** Names each construct of the language that a template uses: directives, operators, methods, variables of API Gateway, kinds of literals. */
export function constructsIn(template: string): Set<string> {
  const found = new Set<string>();
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(walk);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const tag = node as Tree;
    for (const name of namesOf(tag)) found.add(name);
    if (tag.isEval === true) constructsIn(String(tag.value)).forEach((name) => found.add(name));
    for (const [key, value] of Object.entries(tag)) if (key !== 'pos') walk(value);
  };
  walk(parse(template));
  return found;
}

const objects = ['input', 'util', 'context', 'foreach'];

function namesOf(tag: Tree): string[] {
  switch (tag.type) {
    case 'if':
    case 'elseif':
    case 'else':
    case 'foreach':
    case 'set':
      return [`#${tag.type}`];
    case 'comment':
    case 'property':
    case 'index':
    case 'method':
      return [];
    case 'integer':
      return ['integer'];
    case 'bool':
      return [tag.value === 'null' ? 'null' : 'boolean'];
    case 'string':
      return [tag.isEval === true ? '"text"' : "'text'"];
    case 'math':
      return tag.operator === 'parenthesis' ? ['(parentheses)'] : [tag.operator === 'not' ? '!' : String(tag.operator)];
    case 'references':
      return referenceNames(tag);
    default:
      return [String(tag.type)];
  }
}

function referenceNames({ id, path = [], isWraped, leader }: Tree): string[] {
  const attributes = path as { type: string; id: string }[];
  const names = isWraped === true ? ['${braces}'] : [];
  if (leader !== '$') names.push(String(leader));
  const isOurs = objects.includes(String(id));
  const methodAt = attributes.findIndex(({ type }) => type === 'method');
  const own = methodAt < 0 ? attributes : attributes.slice(0, methodAt + 1);
  if (isOurs) names.push(`$${[String(id), ...own.map(({ id: name }) => name)].join('.')}${methodAt < 0 ? '' : '()'}`);
  const later = isOurs ? attributes.slice(own.length) : attributes;
  return [...names, ...later.map(({ type, id: name }) => (type === 'method' ? `.${name}()` : type === 'property' ? `.${name}` : '[index]'))];
}
