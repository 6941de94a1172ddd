import { LambdaIntegration } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import { redemptionModel } from '../../lambdas/schemas/coupon.ts';
import { bodyModel } from '../api/models.ts';
import type { CodeOf } from '../parts/bundle.ts';
import type { KeyedApi } from './ingest.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { onKinds } from '../parts/table-access.ts';
import type { Storage } from '../storage.ts';

export interface CouponsProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  keyed: KeyedApi;
}

/** Redeeming the coupons of emails: `POST /v1/coupons/redeem`, with a write key and a checked body like the events. */
export class Coupons extends Construct {
  constructor(scope: Construct, id: string, { stageName, code, storage, keyed }: CouponsProps) {
    super(scope, id);
    const { control, profiles, stream } = storage;
    const redeem = new StageFunction(this, 'RedeemCoupon', {
      stageName,
      stage: 'redeem-coupon',
      description: 'Redeems a coupon of an email, once',
      code,
      environment: { CONTROL_TABLE: control.tableName, PROFILES_TABLE: profiles.tableName, STREAM_NAME: stream.streamName },
      allow: [
        onKinds(control, ['GetItem', 'UpdateItem'], ['coupon']),
        allow(['dynamodb:GetItem'], [profiles.tableArn]),
        allow(['kinesis:PutRecords'], [stream.streamArn]),
      ],
      // A checkout waits for it.
      memoryMb: 1024,
      timeoutSeconds: 10,
    });
    const { api, v1, writeKey, bodyValidator } = keyed;
    const route = v1.addResource('coupons').addResource('redeem');
    route.addMethod('POST', new LambdaIntegration(redeem, { allowTestInvoke: false }), {
      authorizer: writeKey,
      apiKeyRequired: true,
      requestValidator: bodyValidator,
      requestModels: { 'application/json': bodyModel(this, api, 'redeem', redemptionModel(), 'coupons/redeem') },
    });
  }
}
