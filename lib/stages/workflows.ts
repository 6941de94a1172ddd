import { join } from 'node:path';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Config } from '../../lambdas/schemas/config.ts';
import { smokeTest, smokeTestCampaign } from '../../lambdas/schemas/smoke-test.ts';
import type { CodeOf } from '../parts/bundle.ts';
import { isTraced } from '../parts/tracing.ts';
import { accept, arnInFinding } from '../nag.ts';
import { resourceName, stateMachineArnPrefix } from '../names.ts';
import { SendFailures } from '../parts/send-failures.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { signingKeyAccess } from '../parts/signing-keys.ts';
import { onKinds } from '../parts/table-access.ts';
import { checkOneMachinePerCampaign, readDefinition } from '../parts/state-machine-file.ts';
import type { Storage } from '../storage.ts';
import { resumePermission } from '../parts/workflow-control.ts';

export interface WorkflowsProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  config: Config;
  /** Folder of the state machine files. */
  definitionFolder: string;
  configurationSetName: string;
  /** Base of the links in emails. */
  publicUrl: string;
  /** Is all mail held? */
  hold: boolean;
}

/** Stage 4: one state machine per campaign, and that of the smoke test; all send through one function. */
export class Workflows extends Construct {
  /** By campaign. */
  readonly stateMachines: ReadonlyMap<string, StateMachine>;
  readonly sendEmail: StageFunction<'send-email'>;
  readonly sendFailures: SendFailures;

  constructor(scope: Construct, id: string, props: WorkflowsProps) {
    super(scope, id);
    checkOneMachinePerCampaign(props.config.campaigns);
    this.sendEmail = this.sendEmailFunction(props);
    this.sendFailures = new SendFailures(this, 'SendFailures', { stageName: props.stageName, logGroup: this.sendEmail.logGroup });
    this.stateMachines = new Map(
      Object.entries(props.config.campaigns).map(([name, campaign]) => {
        const definition = readDefinition(props.definitionFolder, campaign);
        return [name, this.stateMachine(props.stageName, campaign.stateMachine, campaign.title, definition)];
      }),
    );
    // No alarm watches it: whoever runs the smoke test sees how it ends.
    this.stateMachine(props.stageName, smokeTest, smokeTestCampaign.title, readDefinition(join(import.meta.dirname, '../smoke-test'), smokeTestCampaign));
  }

  private sendEmailFunction({ stageName, code, storage, config, configurationSetName, publicUrl, hold }: WorkflowsProps): StageFunction<'send-email'> {
    const { profiles, control, sends } = storage;
    const keys = signingKeyAccess(this, stageName, 'make');
    const stack = Stack.of(this);
    const ses = (resource: string, name: string) => stack.formatArn({ service: 'ses', resource, resourceName: name });
    accept(
      this,
      `IAM5[Resource::${arnInFinding('ses', 'identity/*')}]`,
      'A condition allows the configured sender only. It may be verified as address or domain, and the sandbox also checks the recipient.',
    );
    accept(this, 'IAM5[Resource::*]', 'The account has one send rate, and the action that reads it takes no resource.');
    accept(this, `IAM5[Resource::${arnInFinding('states', `stateMachine:${resourceName(stageName, '*')}`)}]`, 'Covers the state machines of this stage only, one per campaign of the config.');
    return new StageFunction(this, 'SendEmail', {
      stageName,
      stage: 'send-email',
      description: 'Decides, and sends one email of a workflow',
      code,
      environment: {
        PROFILES_TABLE: profiles.tableName,
        CONTROL_TABLE: control.tableName,
        SENDS_TABLE: sends.tableName,
        CONFIGURATION_SET: configurationSetName,
        ...keys.environment,
        STATE_MACHINE_ARN_PREFIX: stateMachineArnPrefix(this, stageName),
        HOLD: hold ? 'true' : 'false',
        PUBLIC_URL: publicUrl,
      },
      allow: [
        allow(['dynamodb:GetItem'], [profiles.tableArn]),
        keys.allow,
        onKinds(control, ['GetItem'], ['thresholds', 'suppression', 'opt-out', 'campaign', 'product', 'coupon', 'contact', 'send-rate', 'send-rate#*']),
        onKinds(control, ['PutItem'], ['coupon', 'contact']),
        onKinds(control, ['UpdateItem'], ['coupon', 'counter#*', 'send-rate', 'send-rate#*', 'wait']),
        allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'], [sends.tableArn]),
        allow(['ses:GetAccount'], ['*']),
        resumePermission(this, stageName),
        allow(['ses:SendEmail'], [ses('identity', '*'), ses('configuration-set', configurationSetName)], {
          StringEquals: { 'ses:FromAddress': config.sender.address },
        }),
      ],
      memoryMb: 1024,
      timeoutSeconds: 30,
    });
  }

  private stateMachine(stageName: string, fileName: string, title: string, definition: string): StateMachine {
    // Groups with this prefix need no entry of their own in the account's log resource policy, whose length is limited.
    const logGroup = new LogGroup(this, `${fileName}Log`, {
      logGroupName: `/aws/vendedlogs/states/${resourceName(stageName, fileName)}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, `${fileName}Role`, {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: `Runs the campaign: ${title}`,
    });
    role.addToPolicy(allow(['lambda:InvokeFunction'], [this.sendEmail.functionArn]));
    accept(
      role,
      'IAM5[Resource::*]',
      'Delivery of logs and traces has no resources that it could be restricted to; AWS documents these actions with *.',
    );
    const machine = new StateMachine(this, fileName, {
      stateMachineName: resourceName(stageName, fileName),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: { SendEmailArn: this.sendEmail.functionArn },
      role,
      tracingEnabled: isTraced(this),
      logs: { destination: logGroup, level: LogLevel.ERROR, includeExecutionData: false },
    });
    if (!isTraced(this)) accept(machine, 'SF2', 'Tracing is a choice of the stage: it costs more than the workflow itself while there is little load.');
    accept(
      machine,
      'SF1',
      'Logging every event of every person is costly. Errors are logged, and the console keeps the history of each execution.',
    );
    return machine;
  }
}
