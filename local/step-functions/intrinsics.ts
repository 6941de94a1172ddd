import type { Resource, Template } from '../stack/template.ts';

/** Where a stack would be deployed; local names and ARNs are built from it. */
export interface Place {
  region: string;
  accountId: string;
  /** The local server, which stands for the stack's own API; no trailing slash. */
  apiUrl: string;
}

export interface Resolver {
  /** Replaces all intrinsic functions in a value of the template. @throws Error naming an intrinsic, resource or attribute that is not known */
  resolve<T = unknown>(value: unknown): T;
  /** Properties of a resource, resolved. */
  properties<T = Record<string, unknown>>(logicalId: string): T;
  /** Logical ids of all resources of a type. */
  idsOf(type: string): string[];
  /** What `Ref` gives. */
  ref(logicalId: string): string;
  arn(logicalId: string): string;
}

/** Property that names a resource; without it CloudFormation makes a name from the logical id. */
const nameProperty: Record<string, string> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::SES::ConfigurationSet': 'Name',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Events::Rule': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::ApiGateway::Stage': 'StageName',
  'AWS::ApiGateway::Model': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Logs::LogGroup': 'LogGroupName',
};

/** What follows `arn:aws:`; R and A stand for region and account, N for the name. */
const arnForm: Record<string, string> = {
  'AWS::DynamoDB::Table': 'dynamodb:R:A:table/N',
  'AWS::Kinesis::Stream': 'kinesis:R:A:stream/N',
  'AWS::S3::Bucket': 's3:::N',
  'AWS::Lambda::Function': 'lambda:R:A:function:N',
  'AWS::StepFunctions::StateMachine': 'states:R:A:stateMachine:N',
  'AWS::SQS::Queue': 'sqs:R:A:N',
  'AWS::Events::Rule': 'events:R:A:rule/N',
  'AWS::IAM::Role': 'iam::A:role/N',
  'AWS::Logs::LogGroup': 'logs:R:A:log-group:N:*',
  'AWS::SNS::Topic': 'sns:R:A:N',
};

/** Types whose `Ref` is their ARN. */
const refIsArn = new Set(['AWS::StepFunctions::StateMachine', 'AWS::SNS::Topic']);

export function createResolver(template: Template, place: Place): Resolver {
  const { region, accountId } = place;
  const pseudo: Record<string, string> = {
    'AWS::Region': region,
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': template.stackName,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/${template.stackName}/local`,
  };

  const resourceOf = (logicalId: string): Resource => {
    const resource = template.resources[logicalId];
    if (!resource) throw new Error(`the template has no resource ${logicalId}`);
    return resource;
  };
  const nameOf = (logicalId: string): string => {
    const { Type, Properties } = resourceOf(logicalId);
    const given = Properties[nameProperty[Type] ?? ''];
    if (given !== undefined) return resolve<string>(given);
    // Bucket names are lower case and short.
    return Type === 'AWS::S3::Bucket' ? logicalId.toLowerCase().slice(-63) : logicalId;
  };
  const arn = (logicalId: string): string => {
    const form = arnForm[resourceOf(logicalId).Type];
    if (!form) throw new Error(`the ARN of ${logicalId} (${resourceOf(logicalId).Type}) is not known to the local runtime`);
    return `arn:aws:${form
      .replace(':R:', `:${region}:`)
      .replace(':A:', `:${accountId}:`)
      .replace('N', () => nameOf(logicalId))}`;
  };
  const ref = (logicalId: string): string => {
    const known = pseudo[logicalId];
    if (known !== undefined) return known;
    if (Object.hasOwn(template.parameters, logicalId)) return String(template.parameters[logicalId]?.Default ?? '');
    return refIsArn.has(resourceOf(logicalId).Type) ? arn(logicalId) : nameOf(logicalId);
  };
  const attribute = (logicalId: string, name: string): string => {
    const { Type } = resourceOf(logicalId);
    if (name === 'Arn' || (Type === 'AWS::SNS::Topic' && name === 'TopicArn')) return arn(logicalId);
    if (Type === 'AWS::ApiGateway::RestApi' && name === 'RootResourceId') return `${logicalId}/root`;
    if (name === 'Name' || name === 'QueueName') return nameOf(logicalId);
    throw new Error(`attribute ${name} of ${logicalId} (${Type}) is not known to the local runtime`);
  };
  const isTrue = (condition: unknown): boolean => {
    const [kind, argument] = Object.entries(condition as Record<string, unknown>)[0] ?? [];
    if (kind === 'Condition') return isTrue(template.conditions[String(argument)]);
    const parts = argument as unknown[];
    if (kind === 'Fn::Equals') return resolve(parts[0]) === resolve(parts[1]);
    if (kind === 'Fn::And') return parts.every(isTrue);
    if (kind === 'Fn::Or') return parts.some(isTrue);
    if (kind === 'Fn::Not') return !isTrue(parts[0]);
    throw new Error(`condition function ${kind} is not known to the local runtime`);
  };
  const substitute = (text: string, values: Record<string, unknown>): string =>
    text.replace(/\$\{(!?)([^}]+)\}/g, (_all, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(values, name)) return resolve<string>(values[name]);
      const [logicalId = '', attributeName] = name.split(/\.(.+)/);
      return attributeName ? attribute(logicalId, attributeName) : ref(name);
    });

  const intrinsics: Record<string, (argument: never) => unknown> = {
    Ref: ref,
    'Fn::GetAtt': (of: string | [string, string]) => {
      const [logicalId = '', name = ''] = typeof of === 'string' ? of.split(/\.(.+)/) : of;
      return attribute(logicalId, name);
    },
    'Fn::Join': ([separator, parts]: [string, unknown]) => resolve<unknown[]>(parts).join(separator),
    'Fn::Sub': (of: string | [string, Record<string, unknown>]) => (typeof of === 'string' ? substitute(of, {}) : substitute(of[0], of[1])),
    'Fn::Select': ([index, parts]: [number | string, unknown]) => resolve<unknown[]>(parts)[Number(index)],
    'Fn::Split': ([separator, text]: [string, unknown]) => resolve<string>(text).split(separator),
    'Fn::Base64': (text: unknown) => Buffer.from(resolve<string>(text)).toString('base64'),
    'Fn::If': ([name, then, otherwise]: [string, unknown, unknown]) => resolve(isTrue(template.conditions[name]) ? then : otherwise),
    'Fn::FindInMap': ([map, first, second]: [string, unknown, unknown]) =>
      template.mappings[map]?.[resolve<string>(first)]?.[resolve<string>(second)],
  };

  function resolve<T = unknown>(value: unknown): T {
    return localUrl(resolved(value)) as T;
  }
  function resolved(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((part) => resolve(part));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [key, argument] = entries[0] ?? [''];
    const intrinsic = entries.length === 1 ? intrinsics[key] : undefined;
    if (intrinsic) return intrinsic(argument as never);
    if (entries.length === 1 && key.startsWith('Fn::')) throw new Error(`intrinsic function ${key} is not known to the local runtime`);
    return Object.fromEntries(entries.map(([name, part]) => [name, resolve(part)]));
  }
  /** The API's public address becomes the local server's, which serves the one stage at its root. */
  const localUrl = (value: unknown): unknown =>
    typeof value === 'string'
      ? value.replace(new RegExp(`https://[\\w-]+\\.execute-api\\.${region}\\.amazonaws\\.com(/\\w+)?`, 'g'), place.apiUrl)
      : value;

  return {
    resolve,
    properties: <T>(logicalId: string) => resolve<T>(resourceOf(logicalId).Properties),
    idsOf: (type) => Object.keys(template.resources).filter((id) => template.resources[id]?.Type === type),
    ref,
    arn,
  };
}
