import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  ApiKeySourceType,
  Cors,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { FilterPattern, LogGroup, MetricFilter, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { callTypes } from '../../lambdas/schemas/event.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { accept } from '../nag.ts';
import { resourceName } from '../names.ts';

/**
 * What browser SDKs send: Segment's marks repetitions, RudderStack's says when it sent and why it sends again. The star lets through
 * what page scripts add to all requests, such as `traceparent`; it does not cover Authorization, which therefore stands by name.
 */
const allowHeaders = [
  'Authorization',
  'Content-Type',
  'AnonymousId',
  'SentAt',
  'X-Retry-Count',
  'Rsa-Recovered',
  'Rsa-Retry-Attempt',
  'Rsa-Since-Last-Attempt',
  'Rsa-Since-First-Attempt',
  'Rsa-Retry-Reason',
  '*',
];

/** Routes whose path is a signed token: pages behind the links of emails, which anybody may ask for. */
const linkRoutes = ['/u/{token}/GET', '/u/{token}/POST', '/s/{token}/GET', '/s/{token}/POST', '/r/{token}/GET'];

/** Throttled separately, so that a flood of them cannot stop events, nor events them; and without execution logs, which would name the path. */
const linkOptions = { loggingLevel: MethodLoggingLevel.OFF, dataTraceEnabled: false, metricsEnabled: true, throttlingRateLimit: 50, throttlingBurstLimit: 100 };

/** Throttled separately, too: anybody can make up keys, and each unknown key calls the authorizer. */
const beaconRoutes = [...callTypes, 'batch'].map((name) => `/beacon/v1/${name}/POST`);
const beaconOptions = { loggingLevel: MethodLoggingLevel.ERROR, dataTraceEnabled: false, metricsEnabled: true, throttlingRateLimit: 100, throttlingBurstLimit: 200 };

/** Counts answers with 429, whichever limit was met. */
export const throttledMetric = (stageName: string) => ({ metricNamespace: 'Segue', metricName: `${stageName}-throttled-requests` });

/** The REST API and what holds for all of its routes: logs, throttling, CORS and the shape of errors. */
export function createApi(scope: Construct, stageName: string, hasWaf: boolean): RestApi {
  const accessLog = new LogGroup(scope, 'AccessLog', {
    logGroupName: `/segue/${stageName}/api-access`,
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  new MetricFilter(scope, 'Throttled', { logGroup: accessLog, filterPattern: FilterPattern.stringValue('$.status', '=', '429'), ...throttledMetric(stageName) });
  const api = new RestApi(scope, 'Api', {
    restApiName: resourceName(stageName, 'api'),
    description: 'Takes events (Segment HTTP API) and unsubscribes',
    endpointTypes: [EndpointType.REGIONAL],
    // The write key says for which API key a request counts; nobody sends an API key.
    apiKeySourceType: ApiKeySourceType.AUTHORIZER,
    cloudWatchRole: true,
    cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
    deployOptions: {
      stageName,
      // X-Ray would keep the address of each request, and with it the signed tokens of links. Functions are traced: their traces name no address.
      tracingEnabled: false,
      metricsEnabled: true,
      throttlingRateLimit: 500,
      throttlingBurstLimit: 1000,
      loggingLevel: MethodLoggingLevel.ERROR,
      // Would write bodies, and with them personal data, to the log.
      dataTraceEnabled: false,
      accessLogDestination: new LogGroupLogDestination(accessLog),
      accessLogFormat: accessLogFormat(),
      methodOptions: Object.fromEntries([...linkRoutes.map((route) => [route, linkOptions]), ...beaconRoutes.map((route) => [route, beaconOptions])]),
    },
    defaultCorsPreflightOptions: {
      allowOrigins: Cors.ALL_ORIGINS,
      allowMethods: ['POST', 'GET'],
      allowHeaders,
      maxAge: Duration.seconds(7200),
    },
  });
  // The stack has an output of its own for the endpoint, with a stable name.
  api.node.tryRemoveChild('Endpoint');
  addGatewayResponses(api);

  accept(
    api,
    'APIG4',
    'Preflights carry no credentials, and unsubscribe routes check the signed token in their path. All /v1 calls have the authorizer.',
  );
  accept(
    api,
    'COG4',
    'Callers are devices and servers with write keys, as the Segment HTTP API has it, and not people with a Cognito account.',
  );
  accept(
    api,
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    'The one policy that AWS documents for API Gateway to write logs; the role is the account setting for all APIs.',
  );
  if (!hasWaf) {
    accept(api.deploymentStage, 'APIG3', 'A web ACL costs 6 USD a month, which is much for a small deployment. Usage plans bound each write key, and pages have a throttle of their own; `waf` in stages.ts adds a web ACL.');
  }
  return api;
}

/** No query, since a beacon's has its write key; no body, no caller; and the route instead of the path, since unsubscribe links are tokens. */
function accessLogFormat(): AccessLogFormat {
  return AccessLogFormat.custom(
    JSON.stringify({
      requestId: AccessLogField.contextExtendedRequestId(),
      atMs: AccessLogField.contextRequestTimeEpoch(),
      method: AccessLogField.contextHttpMethod(),
      route: AccessLogField.contextResourcePath(),
      status: AccessLogField.contextStatus(),
      latencyMs: AccessLogField.contextResponseLatency(),
      integrationLatencyMs: AccessLogField.contextIntegrationLatency(),
      errorType: AccessLogField.contextErrorResponseType(),
      keyId: '$context.authorizer.keyId',
    }),
  );
}
