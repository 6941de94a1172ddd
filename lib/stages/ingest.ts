import { Duration, Stack } from 'aws-cdk-lib';
import {
  AwsIntegration,
  IdentitySource,
  PassthroughBehavior,
  RequestAuthorizer,
  RequestValidator,
  TokenAuthorizer,
  type IAuthorizer,
  type IModel,
  type IRequestValidator,
  type IResource,
  type IntegrationResponse,
  type MethodOptions,
  type RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { batchModel, callModel } from '../../lambdas/schemas/edge.ts';
import { callTypes } from '../../lambdas/schemas/event.ts';
import type { Stage } from '../../lambdas/schemas/stages.ts';
import { createApi } from '../api/api.ts';
import { ApiDomain } from '../api/domain.ts';
import { UsagePlans, sharedKeyValue } from '../api/key-limits.ts';
import { bodyModel } from '../api/models.ts';
import type { CodeOf } from '../parts/bundle.ts';
import { Waf } from '../api/waf.ts';
import { batchTemplate, callTemplate, responseTemplates } from '../api/mapping.ts';
import { resourceName } from '../names.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { onKinds } from '../parts/table-access.ts';
import type { Storage } from '../storage.ts';

export interface IngestProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  domain?: Stage['domain'];
  /** Of the stream; the limits of write keys grow with them. */
  shards: number;
  keyLimits: Stage['keyLimits'];
  waf?: Stage['waf'];
}

/** The API and what its calls with a write key have in common. */
export interface KeyedApi {
  api: RestApi;
  v1: IResource;
  writeKey: IAuthorizer;
  bodyValidator: IRequestValidator;
}

/**
 * All of them hold JSON. Browsers that send a last event while a page closes may only use `text/plain`, and RudderStack's Node SDK labels
 * what it compressed as a form.
 */
const contentTypes = ['application/json', 'text/plain', 'application/x-www-form-urlencoded'];
const allowOrigin = 'method.response.header.Access-Control-Allow-Origin';

/** Stage 1: the public endpoint. Requests are checked and stored by API Gateway itself, with no function in between. */
export class Ingest extends Construct {
  readonly api: RestApi;
  /** Where the API is reached, without a slash at its end. */
  readonly publicUrl: string;
  readonly authorizer: IFunction;
  /** What further routes below /v1 share with the events'. */
  readonly keyed: KeyedApi;

  constructor(scope: Construct, id: string, { stageName, code, storage, domain, shards, keyLimits, waf }: IngestProps) {
    super(scope, id);
    this.authorizer = new StageFunction(this, 'AuthorizeKey', {
      stageName,
      stage: 'authorize-key',
      description: 'Looks up the write key of a request',
      code,
      environment: { CONTROL_TABLE: storage.control.tableName, SHARED_WEB_KEY: sharedKeyValue(stageName, 'web'), SHARED_SERVER_KEY: sharedKeyValue(stageName, 'server') },
      allow: [onKinds(storage.control, ['GetItem'], ['write-key'])],
      memoryMb: 512,
      timeoutSeconds: 5,
    });
    this.api = createApi(this, stageName, waf !== undefined);
    if (domain) new ApiDomain(this, 'Domain', { domain, api: this.api });
    const { region, urlSuffix } = Stack.of(this);
    this.publicUrl = domain ? `https://${domain.name}` : `https://${this.api.restApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
    new UsagePlans(this, 'UsagePlans', { stageName, api: this.api, shards, keyLimits });
    if (waf) new Waf(this, 'Waf', { stageName, api: this.api, waf });

    const role = new Role(this, 'PutRecordsRole', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') });
    role.addToPolicy(allow(['kinesis:PutRecords'], [storage.stream.streamArn]));
    const bodyValidator = new RequestValidator(this, 'BodyValidator', {
      restApi: this.api,
      validateRequestBody: true,
      validateRequestParameters: true,
    });
    // Named anew when its answers came to say which API key counts: what is cached under another authorizer does not say it.
    const writeKey = new TokenAuthorizer(this, 'LimitedWriteKey', {
      authorizerName: resourceName(stageName, 'limited-write-key'),
      handler: this.authorizer,
      resultsCacheTtl: Duration.seconds(300),
      // Anything else cannot be a key, so it is answered with 401 without asking the function.
      validationRegex: '^[Bb][Aa][Ss][Ii][Cc] +[A-Za-z0-9+/]+=*$',
    });
    // A beacon cannot have headers, so its key stands in the address; the function takes web keys alone there.
    const beaconKey = new RequestAuthorizer(this, 'LimitedBeaconKey', {
      authorizerName: resourceName(stageName, 'limited-beacon-key'),
      handler: this.authorizer,
      identitySources: [IdentitySource.queryString('writeKey')],
      resultsCacheTtl: Duration.seconds(300),
    });

    const v1 = this.api.root.addResource('v1');
    this.keyed = { api: this.api, v1, writeKey, bodyValidator };
    const models = { call: bodyModel(this, this.api, 'call', callModel(), '<call>'), batch: bodyModel(this, this.api, 'batch', batchModel()) };
    // The name and not the resource's reference: templates stay plain text, and readable in the console.
    const streamName = resourceName(stageName, 'events');
    const addRoutes = (below: IResource, authorizer: IAuthorizer, names: readonly string[], model: IModel, template: string) => {
      for (const name of names) below.addResource(name).addMethod('POST', putRecords(role, template), methodOptions(authorizer, bodyValidator, model));
    };
    const beacon = this.api.root.addResource('beacon').addResource('v1');
    for (const type of callTypes) {
      const template = callTemplate(type, streamName);
      addRoutes(v1, writeKey, [type, shortName(type)], models.call, template);
      addRoutes(beacon, beaconKey, [type], models.call, template);
    }
    const template = batchTemplate(streamName);
    addRoutes(v1, writeKey, ['batch', shortName('batch'), 'import'], models.batch, template);
    addRoutes(beacon, beaconKey, ['batch'], models.batch, template);
  }
}

/** Segment's browser library posts to the first letter of a call's name. */
const shortName = (route: string): string => route.slice(0, 1);

function methodOptions(authorizer: IAuthorizer, requestValidator: IRequestValidator, model: IModel): MethodOptions {
  return {
    authorizer,
    // Counts the request for the key's usage plan.
    apiKeyRequired: true,
    requestValidator,
    requestModels: forEachContentType(model),
    methodResponses: ['200', '413', '503'].map((statusCode) => ({ statusCode, responseParameters: { [allowOrigin]: true } })),
  };
}

function putRecords(credentialsRole: Role, template: string): AwsIntegration {
  const { stored, refused, unavailable } = responseTemplates();
  const answer = (statusCode: string, responseTemplate: string, selectionPattern?: string): IntegrationResponse => ({
    statusCode,
    ...(selectionPattern && { selectionPattern }),
    responseParameters: { [allowOrigin]: "'*'" },
    responseTemplates: { 'application/json': responseTemplate },
  });
  return new AwsIntegration({
    service: 'kinesis',
    action: 'PutRecords',
    integrationHttpMethod: 'POST',
    options: {
      credentialsRole,
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestParameters: { 'integration.request.header.Content-Type': "'application/x-amz-json-1.1'" },
      requestTemplates: forEachContentType(template),
      integrationResponses: [answer('200', stored), answer('413', refused, '4\\d{2}'), answer('503', unavailable, '5\\d{2}')],
    },
  });
}

function forEachContentType<T>(value: T): Record<string, T> {
  return Object.fromEntries(contentTypes.map((type) => [type, value]));
}
