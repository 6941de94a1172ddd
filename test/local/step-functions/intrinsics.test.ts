import { describe, expect, it } from 'vitest';
import { createResolver } from '../../../local/step-functions/intrinsics.ts';
import type { Template } from '../../../local/stack/template.ts';

const template: Template = {
  stackName: 'Segue-test',
  resources: {
    Table: { Type: 'AWS::DynamoDB::Table', Properties: {} },
    Stream: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'events' } },
    Letters1A: { Type: 'AWS::S3::Bucket', Properties: {} },
    Fn: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: { 'Fn::Sub': 'fn-${AWS::Region}' } } },
    Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'cart' } },
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: {} },
    Odd: { Type: 'AWS::Odd::Thing', Properties: {} },
  },
  parameters: { Size: { Default: 7 } },
  conditions: { IsWest: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] }, IsNot: { 'Fn::Not': [{ Condition: 'IsWest' }] } },
  mappings: { Zones: { 'eu-west-1': { letter: 'w' } } },
  assetFolders: new Map(),
};
const { resolve, arn, idsOf } = createResolver(template, {
  region: 'eu-west-1',
  accountId: '000000000000',
  apiUrl: 'http://127.0.0.1:4000',
});

describe('intrinsic functions', () => {
  it.each([
    [{ Ref: 'Table' }, 'Table'],
    [{ Ref: 'Stream' }, 'events'],
    [{ Ref: 'Letters1A' }, 'letters1a'],
    [{ Ref: 'Machine' }, 'arn:aws:states:eu-west-1:000000000000:stateMachine:cart'],
    [{ Ref: 'Size' }, '7'],
    [{ 'Fn::GetAtt': ['Stream', 'Arn'] }, 'arn:aws:kinesis:eu-west-1:000000000000:stream/events'],
    [{ 'Fn::GetAtt': 'Letters1A.Arn' }, 'arn:aws:s3:::letters1a'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::AccountId' }, 'b']] }, 'a-000000000000-b'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': [':', { 'Fn::GetAtt': ['Fn', 'Arn'] }] }] }, 'aws'],
    [{ 'Fn::Sub': '${Fn.Arn}/${!literal}' }, 'arn:aws:lambda:eu-west-1:000000000000:function:fn-eu-west-1/${literal}'],
    [{ 'Fn::Sub': ['${Own}/${Stream}', { Own: { Ref: 'Table' } }] }, 'Table/events'],
    [{ 'Fn::If': ['IsWest', 'west', 'east'] }, 'west'],
    [{ 'Fn::If': ['IsNot', 'west', 'east'] }, 'east'],
    [{ 'Fn::FindInMap': ['Zones', { Ref: 'AWS::Region' }, 'letter'] }, 'w'],
    [{ plain: [{ Ref: 'Table' }, 3, null] }, { plain: ['Table', 3, null] }],
  ])('%j', (value, expected) => expect(resolve(value)).toEqual(expected));

  it('puts the local server in the place of the deployed API', () => {
    const url = {
      'Fn::Join': [
        '',
        ['https://', { Ref: 'Api' }, '.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/dev', '/u/x'],
      ],
    };
    expect(resolve(url)).toBe('http://127.0.0.1:4000/u/x');
  });

  it.each([
    [{ 'Fn::ImportValue': 'x' }, 'Fn::ImportValue'],
    [{ Ref: 'Nowhere' }, 'Nowhere'],
    [{ 'Fn::GetAtt': ['Odd', 'Arn'] }, 'Odd'],
    [{ 'Fn::GetAtt': ['Table', 'Colour'] }, 'Colour'],
  ])('names what it does not know: %j', (value, name) => expect(() => resolve(value)).toThrow(name));

  it('finds resources by type', () => {
    expect(idsOf('AWS::Kinesis::Stream').map(arn)).toEqual(['arn:aws:kinesis:eu-west-1:000000000000:stream/events']);
  });
});
