import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { signingKeysName } from '../../lambdas/schemas/signing-keys.ts';
import { allow } from './stage-function.ts';

/**
 * What a function needs of the keys that sign links. Whoever sends mail may make the first one; the public functions only read. The key of the
 * account that AWS manages for Parameter Store lets everybody decrypt who may read the parameter.
 */
export function signingKeyAccess(scope: IConstruct, stageName: string, may: 'read' | 'make'): { environment: { SIGNING_KEYS: string }; allow: PolicyStatement } {
  const name = signingKeysName(stageName);
  const arn = Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
  return { environment: { SIGNING_KEYS: name }, allow: allow(['ssm:GetParameter', ...(may === 'make' ? ['ssm:PutParameter'] : [])], [arn]) };
}
