import { CfnOutput } from 'aws-cdk-lib';
import { DomainName, EndpointType, SecurityPolicy, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, AaaaRecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { Stage } from '../../lambdas/schemas/stages.ts';

export interface ApiDomainProps {
  domain: NonNullable<Stage['domain']>;
  api: RestApi;
}

/**
 * A name of the shop's own for the API. Links in mail lead to it, so they live on when the stage is destroyed and deployed anew, which
 * changes the name that AWS gives an API.
 */
export class ApiDomain extends Construct {
  constructor(scope: Construct, id: string, { domain: { name, certificateArn, hostedZone }, api }: ApiDomainProps) {
    super(scope, id);
    const zone = hostedZone && HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: hostedZone.id, zoneName: hostedZone.name });
    const certificate = certificateArn
      ? Certificate.fromCertificateArn(this, 'Certificate', certificateArn)
      : new Certificate(this, 'Certificate', { domainName: name, validation: CertificateValidation.fromDns(zone) });
    const domainName = new DomainName(this, 'Name', { domainName: name, certificate, endpointType: EndpointType.REGIONAL, securityPolicy: SecurityPolicy.TLS_1_2, mapping: api });
    if (zone === undefined) {
      new CfnOutput(this, 'DomainTarget', { value: domainName.domainNameAliasDomainName, description: `Let ${name} be a CNAME of this` }).overrideLogicalId('DomainTarget');
      return;
    }
    const record = { zone, recordName: `${name}.`, target: RecordTarget.fromAlias(new ApiGatewayDomain(domainName)) };
    new ARecord(this, 'A', record);
    new AaaaRecord(this, 'Aaaa', record);
  }
}
