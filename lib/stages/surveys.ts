import { LambdaIntegration, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { CodeOf } from '../parts/bundle.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { signingKeyAccess } from '../parts/signing-keys.ts';
import type { Storage } from '../storage.ts';

export interface SurveyProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  api: RestApi;
}

/** One-question surveys of emails: the page behind their signed link (GET) and the answer (POST). */
export class Survey extends Construct {
  constructor(scope: Construct, id: string, { stageName, code, storage, api }: SurveyProps) {
    super(scope, id);
    const { profiles, stream } = storage;
    const keys = signingKeyAccess(this, stageName, 'read');
    const answer = new StageFunction(this, 'AnswerSurvey', {
      stageName,
      stage: 'answer-survey',
      description: 'Takes the answer to a survey by its signed link',
      code,
      environment: { ...keys.environment, PROFILES_TABLE: profiles.tableName, STREAM_NAME: stream.streamName },
      allow: [
        keys.allow,
        allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [profiles.tableArn]),
        allow(['kinesis:PutRecords'], [stream.streamArn]),
      ],
      memoryMb: 512,
      timeoutSeconds: 10,
    });
    const link = api.root.addResource('s').addResource('{token}');
    for (const method of ['GET', 'POST']) link.addMethod(method, new LambdaIntegration(answer, { allowTestInvoke: false }));
  }
}
