import Ajv04 from 'ajv-draft-04';
import type { ErrorObject, ValidateFunction } from 'ajv';

/**
 * Checks bodies against API Gateway models.
 * @returns a text like that of `$context.error.validationErrorString`, or `undefined` when the body is valid. Unlike the cloud's, it
 * also names the field whose value is wrong.
 */
export function createModelCheck(): (model: object, body: unknown) => string | undefined {
  // Formats go with patterns in our models, and "strict" would refuse what API Gateway accepts.
  const ajv = new Ajv04.default({ allErrors: true, strict: false, validateFormats: false });
  const compiled = new WeakMap<object, ValidateFunction>();
  return (model, body) => {
    let validate = compiled.get(model);
    if (!validate) compiled.set(model, (validate = ajv.compile(model)));
    if (validate(body)) return undefined;
    return `[${explain(validate.errors ?? []).join(', ')}]`;
  };
}

function explain(errors: readonly ErrorObject[]): string[] {
  // `anyOf` repeats what its branches say.
  const own = errors.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'oneOf');
  const missing = own
    .filter(({ keyword }) => keyword === 'required')
    .map(({ instancePath, params }) => ({ instancePath, name: String(params.missingProperty) }));
  const byObject = Map.groupBy(missing, ({ instancePath }) => instancePath);
  const required = [...byObject].map(([path, list]) => {
    const names = list.map(({ name }) => name).sort();
    return `${path && `${path}: `}object has missing required properties (${JSON.stringify(names)})`;
  });
  const others = own.filter(({ keyword }) => keyword !== 'required');
  const wrong = [...Map.groupBy(others, ({ instancePath }) => instancePath)].map(
    ([path, list]) => `${path || 'body'}: ${[...new Set(list.map(({ message }) => message))].join(' or ')}`,
  );
  return [...wrong, ...required];
}
