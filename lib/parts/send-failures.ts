import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Kinds of `NotSent`, as send-email logs them. */
export const failureKinds = ['SendThrottled', 'SendQuotaReached', 'SendingPaused', 'SenderNotVerified', 'SendRejected'] as const;
export type FailureKind = (typeof failureKinds)[number];

export interface SendFailuresProps {
  stageName: string;
  /** Of send-email. */
  logGroup: ILogGroup;
}

/** Counts emails that SES did not take, each kind by itself. The workflows try them again, so nothing else shows the first hours of it. */
export class SendFailures extends Construct {
  readonly #filters: ReadonlyMap<FailureKind, MetricFilter>;

  constructor(scope: Construct, id: string, { stageName, logGroup }: SendFailuresProps) {
    super(scope, id);
    this.#filters = new Map(
      failureKinds.map((kind) => [
        kind,
        new MetricFilter(this, kind, {
          logGroup,
          // Terms and no JSON selector: Lambda writes the time and the request in front of the object.
          filterPattern: FilterPattern.allTerms('cannot send', kind),
          metricNamespace: 'Segue',
          metricName: `${stageName}-not-sent-${kind}`,
        }),
      ]),
    );
  }

  /** Emails of one kind in five minutes; one that is tried again counts again. */
  metric(kind: FailureKind): Metric {
    return this.#filters.get(kind)!.metric({ statistic: 'Sum', period: Duration.minutes(5) });
  }
}
