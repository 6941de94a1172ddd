import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { CfnIPSet, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { retryAfterSeconds } from '../../lambdas/schemas/edge.ts';
import type { Stage } from '../../lambdas/schemas/stages.ts';
import { resourceName } from '../names.ts';

export interface WafProps {
  stageName: string;
  api: RestApi;
  waf: NonNullable<Stage['waf']>;
}

/** The optional limit for each address. What it refuses does not reach the authorizer or any other part that costs money. */
export class Waf extends Construct {
  constructor(scope: Construct, id: string, { stageName, api, waf }: WafProps) {
    super(scope, id);
    const exceptions = this.ipSets(stageName, waf.exceptAddresses).map(({ attrArn }) => ({ ipSetReferenceStatement: { arn: attrArn } }));
    const excepted = exceptions.length > 1 ? { orStatement: { statements: exceptions } } : exceptions[0];
    const visibility = (name: string) => ({ metricName: resourceName(stageName, name), cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false });
    const acl = new CfnWebACL(this, 'Acl', {
      name: resourceName(stageName, 'api'),
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('waf'),
      customResponseBodies: { later: { contentType: 'APPLICATION_JSON', content: '{"error":"too many requests from this address; send the request again later"}' } },
      rules: [
        {
          name: 'requests-per-address',
          priority: 0,
          statement: {
            rateBasedStatement: {
              aggregateKeyType: 'IP',
              limit: waf.requestsPerFiveMinutesPerAddress,
              evaluationWindowSec: 300,
              ...(excepted && { scopeDownStatement: { notStatement: { statement: excepted } } }),
            },
          },
          // Not 403, which is WAF's own answer: SDKs drop events on it, and send them again on 429. A browser shows it to the SDK only with these headers.
          action: {
            block: {
              customResponse: {
                responseCode: 429,
                customResponseBodyKey: 'later',
                responseHeaders: [
                  { name: 'Retry-After', value: String(retryAfterSeconds.waf) },
                  { name: 'Access-Control-Allow-Origin', value: '*' },
                  { name: 'Access-Control-Expose-Headers', value: 'Retry-After' },
                ],
              },
            },
          },
          visibilityConfig: visibility('waf-addresses'),
        },
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { webAclArn: acl.attrArn, resourceArn: api.deploymentStage.stageArn });
  }

  /** WAF keeps IPv4 and IPv6 apart. */
  private ipSets(stageName: string, addresses: readonly string[]): CfnIPSet[] {
    return (['IPV4', 'IPV6'] as const).flatMap((version) => {
      const own = addresses.filter((address) => address.includes(':') === (version === 'IPV6'));
      return own.length === 0 ? [] : [new CfnIPSet(this, version, { name: resourceName(stageName, `except-${version.toLowerCase()}`), scope: 'REGIONAL', ipAddressVersion: version, addresses: own })];
    });
  }
}
