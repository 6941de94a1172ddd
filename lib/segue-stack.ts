import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../lambdas/schemas/config.ts';
import type { Stage } from '../lambdas/schemas/stages.ts';
import { Alarms } from './alarms.ts';
import { Archive } from './stages/archive.ts';
import type { CodeOf } from './parts/bundle.ts';
import { Coupons } from './stages/coupons.ts';
import { Feedback } from './stages/feedback.ts';
import { Ingest } from './stages/ingest.ts';
import { checkStageName } from './names.ts';
import { Recalibration } from './stages/recalibration.ts';
import { ProductFeed } from './stages/product-feed.ts';
import { Refresh } from './stages/refresh.ts';
import { Report } from './stages/report.ts';
import { Rights } from './stages/rights.ts';
import { Scoring } from './stages/scoring.ts';
import { Storage } from './storage.ts';
import { Survey } from './stages/surveys.ts';
import { setTracing } from './parts/tracing.ts';
import { WorkflowEnds } from './stages/workflow-ends.ts';
import { Workflows } from './stages/workflows.ts';

export interface SegueStackProps extends StackProps {
  /** Tells deployments in one account and region apart: 1 to 20 lower-case letters and digits. */
  stageName: string;
  config: Config;
  code: CodeOf;
  /** Folder of the state machine files. */
  definitionFolder: string;
  /** Shards of the event stream, each for 1,000 events a second. */
  shards?: number;
  streamRetentionHours?: number;
  /** Are requests, functions and workflows traced with X-Ray? */
  tracing?: boolean;
  /** Are all events kept in S3? */
  archive?: boolean;
  alarmEmail?: string | undefined;
  /** A product feed that is imported on a schedule. */
  productFeed?: Stage['productFeed'];
  hold?: boolean;
  domain?: Stage['domain'];
  /** Limits of write keys that have none of their own. */
  keyLimits?: Stage['keyLimits'];
  waf?: Stage['waf'];
}

/** One deployment of Segue, in the order in which an event goes through it. */
export class SegueStack extends Stack {
  constructor(scope: Construct, id: string, props: SegueStackProps) {
    super(scope, id, { description: 'Segue: behavioural segments and triggered email', ...props });
    const { config, code, definitionFolder, shards = 1, streamRetentionHours = 24, tracing = false, archive: isWritten = true, alarmEmail, productFeed, hold = false, domain, keyLimits = {}, waf } = props;
    setTracing(this, tracing);
    const stageName = checkStageName(props.stageName);

    const storage = new Storage(this, 'Storage', { stageName, shards, streamRetentionHours });
    const shared = { stageName, code, storage };
    const archive = new Archive(this, 'Archive', { ...shared, keepDays: config.retention.archiveDays, isWritten });
    const { api, keyed, publicUrl } = new Ingest(this, 'Ingest', { ...shared, shards, keyLimits, waf, ...(domain && { domain }) });
    const { publishTransitions } = config;
    const { processEvents } = new Scoring(this, 'Scoring', { ...shared, publishTransitions });
    const refresh = new Refresh(this, 'Refresh', { ...shared, publishTransitions });
    const feedback = new Feedback(this, 'Feedback', shared);
    const { configurationSetName } = feedback;
    const { stateMachines, sendFailures } = new Workflows(this, 'Workflows', { ...shared, config, definitionFolder, configurationSetName, publicUrl, hold });
    const workflowEnds = new WorkflowEnds(this, 'WorkflowEnds', shared);
    const recalibration = new Recalibration(this, 'Recalibration', shared);
    const report = new Report(this, 'Report', { ...shared, config, configurationSetName, api, publicUrl });
    new Coupons(this, 'Coupons', { ...shared, keyed });
    new Rights(this, 'Rights', { ...shared, config, configurationSetName, api, publicUrl });
    new Survey(this, 'Survey', { ...shared, api });
    const feed = productFeed && new ProductFeed(this, 'ProductFeed', { ...shared, feed: productFeed });
    new Alarms(this, 'Alarms', {
      stageName,
      storage,
      archive,
      api,
      processEvents,
      refresh,
      stateMachines,
      sendFailures,
      feedbackFailures: feedback.failures,
      workflowEndsFailures: workflowEnds.failures,
      recalibration,
      reportFailures: report.failures,
      ...(feed && { productFeedFailures: feed.failures }),
      ...(alarmEmail && { alarmEmail }),
    });
    this.outputs(storage, archive, `${publicUrl}/`, config.sender.address);
    if (feed?.ownBucket) new CfnOutput(this, 'ProductFeedBucket', { value: feed.ownBucket.bucketName, description: 'Put the product feed here' });
  }

  private outputs({ profiles, control, sends, stream, deadLetters }: Storage, archive: Archive, url: string, sender: string): void {
    const output = (id: string, value: string, description: string) => new CfnOutput(this, id, { value, description });
    output('Endpoint', url, 'Where SDKs send events: <Endpoint>v1/batch, /v1/track and so on');
    output('ProfilesTable', profiles.tableName, 'Profiles and segment transitions');
    output('ControlTable', control.tableName, 'Write keys, thresholds, suppressions');
    output('SendsTable', sends.tableName, 'Emails that were sent');
    output('StreamName', stream.streamName, 'Events, on their way in');
    output('ArchiveBucket', archive.bucket.bucketName, 'All events, for a replay');
    output('DeadLetterBucket', deadLetters.bucketName, 'Events that could not be processed');
    output(
      'NextSteps',
      `Create a write key in the control table; verify ${sender} in SES and leave the sandbox; send a first event. README, section Deploy.`,
      'What to do next',
    );
  }
}
