import { expect, test } from 'vitest';
import { mayPublish } from '../../../tools/doctor/checks/topic-policy.ts';

const topic = 'arn:aws:sns:eu-west-1:123456789012:segue-prod-alarms';
const publisher = { service: 'cloudwatch.amazonaws.com', account: '123456789012', topic };
const allow = { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish', Resource: topic };
const denyPlain = { Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: topic, Condition: { Bool: { 'aws:SecureTransport': 'false' } } };

test.each<[string, boolean, object[]]>([
  ['none at all', false, []],
  // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html: what SNS gives a topic by itself.
  ['the one that SNS makes', true, [{ Sid: '__default_statement_ID', Effect: 'Allow', Principal: { AWS: '*' }, Action: ['SNS:GetTopicAttributes', 'SNS:Publish'], Resource: topic, Condition: { StringEquals: { 'AWS:SourceOwner': '123456789012' } } }]],
  ['TLS alone, which replaces it', false, [denyPlain]],
  ['TLS, and CloudWatch', true, [denyPlain, { ...allow, Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } } }]],
  ['alarms of the account by their ARN', true, [{ ...allow, Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*' } } }]],
  ['alarms of another account', false, [{ ...allow, Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }]],
  ['another service', false, [{ ...allow, Principal: { Service: 'events.amazonaws.com' } }]],
  ['another action', false, [{ ...allow, Action: 'sns:Subscribe' }]],
  ['another topic', false, [{ ...allow, Resource: `${topic}2` }]],
  ['all actions of SNS', true, [{ ...allow, Action: ['SNS:*'], Resource: '*' }]],
  ['a condition that nobody knows', false, [{ ...allow, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }]],
  ['a denial of CloudWatch', false, [allow, { ...allow, Effect: 'Deny' }]],
])('%s: %s', (_policy, isAllowed, Statement) => {
  expect(mayPublish(JSON.stringify({ Version: '2012-10-17', Statement }), publisher)).toBe(isAllowed);
});

test('a topic without a policy lets nobody publish', () => {
  expect(mayPublish('', publisher)).toBe(false);
});
