import { JsonSchemaVersion, Model, type JsonSchema, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';

/**
 * The model by which API Gateway checks the body of a call.
 * @param path of the route below /v1, where that is not the model's name
 */
export function bodyModel(scope: Construct, restApi: RestApi, name: string, { $schema: _, ...schema }: Record<string, unknown>, path = name): Model {
  return new Model(scope, `${name}Model`, {
    restApi,
    modelName: name,
    contentType: 'application/json',
    description: `Body of POST /v1/${path}`,
    schema: { schema: JsonSchemaVersion.DRAFT4, ...schema } as JsonSchema,
  });
}
