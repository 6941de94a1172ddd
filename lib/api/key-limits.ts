import { createHash } from 'node:crypto';
import { ApiKey, Period, UsagePlan, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import { defaultKeyLimits, defaultPlanName, keyResourceName, keySources, type KeyLimits, type KeySource } from '../../lambdas/schemas/key-limits.ts';
import type { Stage } from '../../lambdas/schemas/stages.ts';

/**
 * Value of the API key that write keys of a source share which have none of their own, such as those made before there were limits. It gives no access:
 * only the authorizer says which API key a request counts for. Letters and digits alone, and one for each stage, as API Gateway asks.
 */
export const sharedKeyValue = (stageName: string, source: KeySource): string => createHash('sha256').update(`segue ${stageName} ${source}`).digest('hex');

export interface UsagePlansProps {
  stageName: string;
  api: RestApi;
  shards: number;
  keyLimits: Stage['keyLimits'];
}

/** A usage plan for each source of write keys. Its limits hold for each key in it by itself (https://repost.aws/questions/QUgn8X2qh_RaeGuc_31qr_Og). `npm run keys` puts keys in, and makes plans for keys with other limits. */
export class UsagePlans extends Construct {
  constructor(scope: Construct, id: string, { stageName, api, shards, keyLimits }: UsagePlansProps) {
    super(scope, id);
    for (const source of keySources) {
      const plan = new UsagePlan(this, source, {
        name: defaultPlanName(stageName, source),
        description: `Each ${source} key without limits of its own`,
        apiStages: [{ api, stage: api.deploymentStage }],
        ...planLimits(defaultKeyLimits(source, shards, keyLimits[source])),
      });
      const shared = new ApiKey(this, `${source}Shared`, {
        apiKeyName: keyResourceName(stageName, `shared-${source}`),
        description: `All ${source} keys that have no API key of their own`,
        value: sharedKeyValue(stageName, source),
      });
      plan.addApiKey(shared);
    }
  }
}

const planLimits = ({ perSecond, burst, perDay }: KeyLimits) => ({
  throttle: { rateLimit: perSecond, burstLimit: burst },
  quota: { limit: perDay, period: Period.DAY },
});
