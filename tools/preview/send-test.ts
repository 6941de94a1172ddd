import { SESv2Client } from '@aws-sdk/client-sesv2';
import { createMailer, type Mailer } from '../../lambdas/adapters/mail/mailer.ts';
import { createRenderer } from '../../lambdas/domain/emails/render.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { localCredentials } from '../../local/stack/aws-clients.ts';
import { readEndpoints } from '../../local/stack/endpoints.ts';
import { inLanguage } from '../emails/checks.ts';
import { emailSources } from '../emails/sources.ts';
import { UsageError } from '../simulate/errors.ts';
import type { SendOptions } from './options.ts';
import { languagesOf } from './render.ts';
import { sampleData, sampleNames } from './samples.ts';

/**
 * Sends an email with a sample to one address. No send is claimed and the message carries no tags, so what its reader does
 * is nobody's event.
 * @returns the provider's message id
 * @throws UsageError when there is no such email, sample or language; SendThrottled or SendRejected when it was not sent
 */
export async function sendTest(
  directory: string,
  config: Config,
  mailer: Mailer,
  options: Pick<SendOptions, 'to' | 'email' | 'sample' | 'language'>,
): Promise<string> {
  const { to, email, sample, language = '' } = options;
  const sources = await emailSources(directory, config);
  const source = Object.hasOwn(sources, email) ? sources[email] : undefined;
  if (source === undefined)
    throw new UsageError(`--email ${JSON.stringify(email)}: there are ${Object.keys(sources).join(', ') || 'none'}`);
  if (!sampleNames.includes(sample)) throw new UsageError(`--sample ${JSON.stringify(sample)}: there are ${sampleNames.join(', ')}`);
  const languages = languagesOf(source);
  if (language !== '' && !languages.includes(language))
    throw new UsageError(`--language ${JSON.stringify(language)}: ${email} has ${languages.join(', ') || 'none beside its own'}`);
  const data = inLanguage(sampleData(source, sample), language);
  const { subject, html, text } = createRenderer({ [email]: source.compiled }).render(email, data);
  const { name, address, replyTo } = config.sender;
  const { messageId } = await mailer.send({
    to,
    from: { name, address },
    replyTo,
    subject: `[test] ${subject}`,
    html,
    text,
    headers: {},
    tags: {},
  });
  return messageId;
}

/**
 * SES of the environment, or that of the Segue on this machine.
 * @throws Error when no Segue runs with the data folder
 */
export function mailerFor({ dataDir, stage }: Pick<SendOptions, 'dataDir' | 'stage'>): Mailer {
  // As in send-email: a repeated attempt could send twice.
  if (dataDir === undefined) return createMailer(new SESv2Client({ maxAttempts: 1 }), `segue-${stage}`);
  const { region, streamName, emailUrl } = readEndpoints(dataDir);
  const endpoint = process.env.AWS_ENDPOINT_URL_SESV2 ?? emailUrl;
  if (endpoint === undefined)
    throw new UsageError(
      `--local ${dataDir}: its endpoints.json has no emailUrl; name the address that takes emails in AWS_ENDPOINT_URL_SESV2`,
    );
  const client = new SESv2Client({ region, credentials: localCredentials, endpoint, maxAttempts: 1 });
  return createMailer(client, streamName.replace(/-events$/, ''));
}
