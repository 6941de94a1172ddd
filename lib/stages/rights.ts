import { LambdaIntegration, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { CodeOf } from '../parts/bundle.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { signingKeyAccess } from '../parts/signing-keys.ts';
import { onKinds } from '../parts/table-access.ts';
import type { Storage } from '../storage.ts';

export interface RightsProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  api: RestApi;
}

/** People's rights: the preference page behind the unsubscribe link (GET), its choices, and the one click of mail programs (POST, RFC 8058). */
export class Rights extends Construct {
  constructor(scope: Construct, id: string, { stageName, code, storage, api }: RightsProps) {
    super(scope, id);
    const { control, profiles, sends, stream } = storage;
    const keys = signingKeyAccess(this, stageName, 'read');
    const unsubscribe = new StageFunction(this, 'Unsubscribe', {
      stageName,
      stage: 'unsubscribe',
      description: 'Shows and takes which emails a person wants, by a signed link',
      code,
      environment: { ...keys.environment, CONTROL_TABLE: control.tableName, PROFILES_TABLE: profiles.tableName, SENDS_TABLE: sends.tableName, STREAM_NAME: stream.streamName },
      allow: [
        keys.allow,
        onKinds(control, ['GetItem', 'PutItem'], ['opt-out']),
        onKinds(control, ['GetItem', 'UpdateItem'], ['suppression']),
        allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [sends.tableArn]),
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
