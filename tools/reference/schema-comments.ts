import { readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * Doc comments of a zod schema by the path of the field, such as `sender.name`, `segments[].when` or `scores.<name>.points`.
 * '' is the schema's own comment, `|0` that of the first variant of a union.
 */
export type Comments = ReadonlyMap<string, string>;

/**
 * Reads the doc comments of the schemas in a source file. JSON Schema knows a field's type, but not what its author
 * wrote above it.
 * @returns a function from the name of a constant, and maybe of one of its properties, to the comments
 * @throws Error when there is no such constant or property
 */
export function readSchemaComments(path: string): (constant: string, property?: string) => Comments {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const constants = new Map<string, ts.VariableDeclaration>();
  source.forEachChild((node) => {
    if (!ts.isVariableStatement(node)) return;
    for (const declaration of node.declarationList.declarations) constants.set(declaration.name.getText(), declaration);
  });

  return (constant, property) => {
    const declaration = constants.get(constant);
    const found = property === undefined ? declaration?.initializer : propertyOf(declaration?.initializer, property);
    if (!declaration || !found) throw new Error(`${path}: no ${[constant, property].filter(Boolean).join('.')}`);
    const comments = new Map(within(found));
    const own = docComment(property === undefined ? declaration.parent.parent : found.parent);
    if (own) comments.set('', own);
    return comments;
  };

  /** Comments below an expression that makes a schema. */
  function within(node: ts.Expression): Map<string, string> {
    const expression = bare(node);
    if (ts.isIdentifier(expression)) {
      const initializer = constants.get(expression.text)?.initializer;
      return initializer ? within(initializer) : new Map();
    }
    if (ts.isPropertyAccessExpression(expression)) {
      const property = propertyOf(expression.expression, expression.name.text);
      return property ? withOwn(property.parent, within(property)) : new Map();
    }
    if (ts.isObjectLiteralExpression(expression)) return ofFields(expression);
    return ts.isCallExpression(expression) ? ofCall(expression) : new Map();
  }

  function ofCall({ expression: callee, arguments: given }: ts.CallExpression): Map<string, string> {
    if (!ts.isPropertyAccessExpression(callee)) return new Map();
    // A method of a schema, such as `.check(...)`.
    if (callee.expression.getText() !== 'z') return within(callee.expression);
    const [first, second] = given;
    if (!first) return new Map();
    switch (callee.name.text) {
      case 'array':
        return below('[]', within(first));
      case 'record':
        return second ? below('<name>', within(second)) : new Map();
      case 'extend':
        return new Map([...within(first), ...(second ? within(second) : [])]);
      case 'union':
        // Fields of all forms, of which the first with a comment counts.
        return ts.isArrayLiteralExpression(first) ? new Map(first.elements.toReversed().flatMap((element) => [...within(element)])) : new Map();
      case 'discriminatedUnion':
        return second && ts.isArrayLiteralExpression(second) ? ofVariants(second) : new Map();
      default:
        return within(first);
    }
  }

  function ofFields({ properties }: ts.ObjectLiteralExpression): Map<string, string> {
    return new Map(
      properties.flatMap((property) => {
        if (ts.isSpreadAssignment(property)) return [...within(property.expression)];
        const value = valueOf(property);
        return value && property.name ? [...below(nameText(property.name), withOwn(property, within(value)))] : [];
      }),
    );
  }

  function ofVariants({ elements }: ts.ArrayLiteralExpression): Map<string, string> {
    return new Map(elements.flatMap((element, index) => [...below(`|${index}`, withOwn(element, within(element)))]));
  }

  function withOwn(node: ts.Node, comments: Map<string, string>): Map<string, string> {
    const own = docComment(node);
    return own ? comments.set('', own) : comments;
  }

  function propertyOf(node: ts.Expression | undefined, name: string): ts.Expression | undefined {
    const expression = node && bare(node);
    if (!expression) return undefined;
    if (ts.isIdentifier(expression)) return propertyOf(constants.get(expression.text)?.initializer, name);
    if (!ts.isObjectLiteralExpression(expression)) return undefined;
    const property = expression.properties.find((one) => one.name && nameText(one.name) === name);
    return property && valueOf(property);
  }
}

/** Without `as const`, `satisfies` and parentheses. */
function bare(node: ts.Expression): ts.Expression {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node) ? bare(node.expression) : node;
}

function valueOf(property: ts.ObjectLiteralElementLike): ts.Expression | undefined {
  if (ts.isPropertyAssignment(property)) return property.initializer;
  return ts.isShorthandPropertyAssignment(property) ? property.name : undefined;
}

const nameText = (name: ts.PropertyName): string => (ts.isStringLiteral(name) ? name.text : name.getText());

/** Comments of a field and of what is in it, as seen from the object around it. */
function below(name: string, comments: Map<string, string>): Map<string, string> {
  const pathTo = (path: string) => (path === '' || path.startsWith('[') ? name + path : `${name}.${path}`);
  return new Map([...comments].map(([path, text]) => [pathTo(path), text]));
}

/** The last doc comment right before a node, as one line. */
function docComment(node: ts.Node): string | undefined {
  const text = node.getSourceFile().text;
  const range = ts.getLeadingCommentRanges(text, node.getFullStart())?.findLast(({ pos }) => text.startsWith('/**', pos));
  if (!range) return undefined;
  const lines = text.slice(range.pos + 3, range.end - 2).split('\n');
  return lines
    .map((line) => line.replace(/^\s*\*?\s*/, '').trim())
    .filter(Boolean)
    .join(' ');
}
