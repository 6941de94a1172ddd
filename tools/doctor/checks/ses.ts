import { GetAccountCommand, GetConfigurationSetCommand, GetConfigurationSetEventDestinationsCommand, GetEmailIdentityCommand, type GetEmailIdentityCommandOutput, type SESv2Client } from '@aws-sdk/client-sesv2';
import { isProduction } from '../../../lib/names.ts';
import type { Check } from '../context.ts';
import { orOk, putBack, warning, wrong, type Finding } from '../finding.ts';
import { resourcesOf } from '../template.ts';

export const account: Check = {
  name: 'ses account',
  permissions: ['ses:GetAccount'],
  async run({ clients, stageName }) {
    const { ProductionAccessEnabled, SendingEnabled, EnforcementStatus = 'HEALTHY', SendQuota = {} } = await clients.ses.send(new GetAccountCommand({}));
    const { Max24HourSend = 0, MaxSendRate = 0, SentLast24Hours = 0 } = SendQuota;
    const faults: Finding[] = [];
    if (!ProductionAccessEnabled) {
      const says = 'SES is in the sandbox: mail goes to verified addresses and to its simulator alone';
      const todo = 'aws sesv2 put-account-details --production-access-enabled; README, "Deploy"';
      faults.push(isProduction(stageName) ? wrong(says, todo) : warning(says, todo));
    }
    if (!SendingEnabled) faults.push(wrong('SES sends nothing for this account: sending is off', 'read the account dashboard of SES; aws sesv2 put-account-sending-attributes --sending-enabled if you have turned it off'));
    if (EnforcementStatus === 'SHUTDOWN') faults.push(wrong('SES has shut down sending for this account', 'answer the case in the Support Center'));
    else if (EnforcementStatus !== 'HEALTHY') faults.push(warning(`SES has this account under review: ${EnforcementStatus}`, 'docs/runbook.md#bounces and #complaints, and answer the case in the Support Center'));
    // -1 stands for no limit.
    if (Max24HourSend >= 0 && SentLast24Hours >= 0.8 * Max24HourSend) faults.push(warning(`${SentLast24Hours} of ${Max24HourSend} emails that SES sends in 24 hours are sent`, 'ask for more in the Service Quotas console'));
    return orOk(faults, `SES sends ${MaxSendRate} emails a second and ${Max24HourSend} in 24 hours, of which ${SentLast24Hours} are sent`);
  },
};

export const sender: Check = {
  name: 'sender',
  permissions: ['ses:GetEmailIdentity'],
  async run({ clients, config: { sender: { address } } }) {
    const identities = await Promise.all(identitiesOf(address).map(async (name) => ({ name, ...(await identityOf(clients.ses, name)) })));
    const verified = identities.filter(({ VerifiedForSendingStatus }) => VerifiedForSendingStatus);
    if (verified.length === 0) {
      const begun = identities.find(({ IdentityType }) => IdentityType !== undefined);
      const domain = address.split('@')[1]!;
      return begun === undefined
        ? wrong(`SES does not know the sender ${address}`, `aws sesv2 create-email-identity --email-identity ${domain}, and its DKIM records into your DNS; docs/sending-domain.md`)
        : wrong(`the sender ${address} is not verified: ${begun.name} is ${begun.VerificationStatus ?? 'not verified'}`, `put the DKIM records that aws sesv2 get-email-identity --email-identity ${begun.name} lists into your DNS`);
    }
    const faults: Finding[] = [];
    const isSigned = verified.some(({ DkimAttributes }) => DkimAttributes?.SigningEnabled && DkimAttributes.Status === 'SUCCESS');
    if (!isSigned) faults.push(wrong(`mail from ${address} is not signed with DKIM, so Gmail and Yahoo refuse it`, `verify its domain: aws sesv2 create-email-identity --email-identity ${address.split('@')[1]}, and the records into your DNS`));
    for (const { name, MailFromAttributes: from } of verified) {
      if (from?.MailFromDomain && from.MailFromDomainStatus !== 'SUCCESS') faults.push(warning(`the MAIL FROM domain ${from.MailFromDomain} of ${name} is ${from.MailFromDomainStatus}`, 'put its MX and TXT records into your DNS'));
    }
    return orOk(faults, `${address} is verified by ${verified[0]!.name}, and signed with DKIM`);
  },
};

/** The address, its domain, and the domains above it, each of which may be verified in its place. */
function identitiesOf(address: string): string[] {
  const labels = address.split('@')[1]!.split('.');
  return [address, ...labels.slice(0, -1).map((_, from) => labels.slice(from).join('.'))];
}

async function identityOf(client: SESv2Client, name: string): Promise<Partial<GetEmailIdentityCommandOutput>> {
  try {
    return await client.send(new GetEmailIdentityCommand({ EmailIdentity: name }));
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundException') return {};
    throw error;
  }
}

interface DestinationProperties {
  EventDestination: { MatchingEventTypes: string[] };
}

export const configurationSet: Check = {
  name: 'configuration set',
  permissions: ['ses:GetConfigurationSet', 'ses:GetConfigurationSetEventDestinations'],
  async run({ clients, template, stageName }) {
    const name = `segue-${stageName}`;
    const redeploy = putBack(stageName);
    try {
      const [{ SendingOptions }, { EventDestinations = [] }] = await Promise.all([
        clients.ses.send(new GetConfigurationSetCommand({ ConfigurationSetName: name })),
        clients.ses.send(new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName: name })),
      ]);
      const faults: Finding[] = [];
      if (SendingOptions?.SendingEnabled === false) faults.push(wrong(`sending with ${name} is off`, `aws sesv2 put-configuration-set-sending-options --configuration-set-name ${name} --sending-enabled`));
      const wanted = resourcesOf<DestinationProperties>(template, 'AWS::SES::ConfigurationSetEventDestination').flatMap(([, { EventDestination }]) => EventDestination.MatchingEventTypes);
      const toBus = EventDestinations.filter(({ EventBridgeDestination }) => EventBridgeDestination?.EventBusArn?.endsWith(':event-bus/default'));
      const told = new Set(toBus.flatMap(({ Enabled, MatchingEventTypes = [] }) => (Enabled ? MatchingEventTypes.map(String) : [])));
      const missing = wanted.map(asAnswered).filter((type) => !told.has(type));
      if (toBus.length === 0) faults.push(wrong(`${name} has no event destination on the default bus: no bounce, complaint, open or click comes back`, redeploy));
      else if (told.size === 0) faults.push(wrong(`the event destination of ${name} is off: no bounce, complaint, open or click comes back`, redeploy));
      else if (missing.length > 0) faults.push(wrong(`${name} does not tell of ${missing.join(', ')}`, redeploy));
      return orOk(faults, `${name} tells the default bus of ${told.size} kinds of events`);
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFoundException') return wrong(`SES has no configuration set ${name}: no email goes out`, redeploy);
      throw error;
    }
  },
};


/** Templates have `deliveryDelay` where SES answers `DELIVERY_DELAY`. */
const asAnswered = (type: string): string => type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
