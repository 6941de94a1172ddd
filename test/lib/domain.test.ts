import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { exampleStack } from './fixture.ts';

const hostedZone = { id: 'Z0123456789ABC', name: 'example.com' };
const functionEnv = (template: Template, name: string) =>
  Object.values(template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: name } }))[0]?.Properties.Environment.Variables as Record<string, unknown>;

describe('a name of the shop’s own', () => {
  const template = Template.fromStack(exampleStack({ domain: { name: 'events.example.com', hostedZone } }));

  test('is where links in mail and to reports lead, and what the deployment calls its endpoint', () => {
    expect(functionEnv(template, 'segue-test-send-email').PUBLIC_URL).toBe('https://events.example.com');
    expect(functionEnv(template, 'segue-test-build-report').PUBLIC_URL).toBe('https://events.example.com');
    template.hasOutput('Endpoint', { Value: 'https://events.example.com/' });
  });

  test('leads to the stage of the API at its root, with a certificate that the zone proves', () => {
    template.hasResourceProperties('AWS::ApiGateway::BasePathMapping', { BasePath: Match.absent(), Stage: Match.anyValue() });
    template.hasResourceProperties('AWS::ApiGateway::DomainName', { DomainName: 'events.example.com', EndpointConfiguration: { Types: ['REGIONAL'] }, SecurityPolicy: 'TLS_1_2' });
    template.hasResourceProperties('AWS::CertificateManager::Certificate', { DomainName: 'events.example.com', ValidationMethod: 'DNS', DomainValidationOptions: [{ DomainName: 'events.example.com', HostedZoneId: hostedZone.id }] });
    for (const Type of ['A', 'AAAA']) template.hasResourceProperties('AWS::Route53::RecordSet', { Type, Name: 'events.example.com.', HostedZoneId: hostedZone.id });
  });

  test('with a certificate of elsewhere makes no records, and says what the name has to point to', () => {
    const certificateArn = 'arn:aws:acm:eu-west-1:123456789012:certificate/1';
    const own = Template.fromStack(exampleStack({ domain: { name: 'events.example.com', certificateArn } }));
    own.hasResourceProperties('AWS::ApiGateway::DomainName', { RegionalCertificateArn: certificateArn });
    own.resourceCountIs('AWS::Route53::RecordSet', 0);
    own.resourceCountIs('AWS::CertificateManager::Certificate', 0);
    own.hasOutput('DomainTarget', { Description: 'Let events.example.com be a CNAME of this' });
  });
});

test('a stage holds its mail when it says so', () => {
  expect(functionEnv(Template.fromStack(exampleStack({ hold: true })), 'segue-test-send-email').HOLD).toBe('true');
  expect(functionEnv(Template.fromStack(exampleStack()), 'segue-test-send-email').HOLD).toBe('false');
});
