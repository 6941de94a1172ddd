import { Stack } from 'aws-cdk-lib';
import { LambdaIntegration, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { Config } from '../../lambdas/schemas/config.ts';
import { accept, arnInFinding } from '../nag.ts';
import type { CodeOf } from '../parts/bundle.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { signingKeyAccess } from '../parts/signing-keys.ts';
import { onKinds } from '../parts/table-access.ts';
import type { Storage } from '../storage.ts';

export interface RightsProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  config: Config;
  configurationSetName: string;
  api: RestApi;
  publicUrl: string;
}

/** People's rights: the preference page behind the unsubscribe link (GET), its choices, and the one click of mail programs (POST, RFC 8058). */
export class Rights extends Construct {
  constructor(scope: Construct, id: string, { stageName, code, storage, config, configurationSetName, api, publicUrl }: RightsProps) {
    super(scope, id);
    const { control, profiles, sends, stream } = storage;
    const keys = signingKeyAccess(this, stageName, 'read');
    const ses = (resource: string, name: string) => Stack.of(this).formatArn({ service: 'ses', resource, resourceName: name });
    accept(this, `IAM5[Resource::${arnInFinding('ses', 'identity/*')}]`, 'A condition allows the configured sender only, which may be verified as address or domain.');
    const unsubscribe = new StageFunction(this, 'Unsubscribe', {
      stageName,
      stage: 'unsubscribe',
      description: 'Shows and takes which emails a person wants, by a signed link',
      code,
      environment: {
        ...keys.environment,
        CONTROL_TABLE: control.tableName,
        PROFILES_TABLE: profiles.tableName,
        SENDS_TABLE: sends.tableName,
        STREAM_NAME: stream.streamName,
        CONFIGURATION_SET: configurationSetName,
        PUBLIC_URL: publicUrl,
      },
      allow: [
        keys.allow,
        onKinds(control, ['GetItem', 'PutItem'], ['opt-out']),
        onKinds(control, ['GetItem', 'UpdateItem'], ['suppression']),
        onKinds(control, ['PutItem'], ['return-request']),
        allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [sends.tableArn]),
        // Mails that ask whether somebody wants to come back.
        allow(['ses:SendEmail'], [ses('identity', '*'), ses('configuration-set', configurationSetName)], { StringEquals: { 'ses:FromAddress': config.sender.address } }),
        allow(['dynamodb:GetItem'], [profiles.tableArn]),
        allow(['kinesis:PutRecords'], [stream.streamArn]),
      ],
      memoryMb: 512,
      timeoutSeconds: 10,
    });
    const link = api.root.addResource('u').addResource('{token}');
    for (const method of ['GET', 'POST']) link.addMethod(method, new LambdaIntegration(unsubscribe, { allowTestInvoke: false }));
  }
}
