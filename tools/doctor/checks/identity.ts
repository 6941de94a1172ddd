import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Check } from '../context.ts';
import { ok, wrong } from '../finding.ts';

export const region: Check = {
  name: 'region',
  permissions: [],
  async run({ clients, stage, isLocal }) {
    if (isLocal) return ok('this machine');
    try {
      const found = await clients.dynamodb.config.region();
      return ok(`${found}, ${stage.region === undefined ? 'from the environment; stages.ts names none' : 'as stages.ts says'}`);
    } catch {
      return wrong('neither stages.ts nor the environment names a region', 'set region of the stage in stages.ts, or AWS_REGION');
    }
  },
};

export const identity: Check = {
  name: 'identity',
  permissions: ['sts:GetCallerIdentity'],
  async run({ clients, stageName, stage: { account } }) {
    try {
      const { Account = '', Arn = '' } = await clients.sts.send(new GetCallerIdentityCommand({}));
      if (account !== undefined && Account !== account) {
        return wrong(`the credentials are of account ${Account}, and stages.ts says ${account} for ${stageName}`, `use credentials of ${account}, for example by AWS_PROFILE`);
      }
      return ok(`${Arn}, account ${Account}${account === undefined ? '; stages.ts names none' : ', as stages.ts says'}`);
    } catch (error) {
      if (error instanceof Error && error.name === 'CredentialsProviderError') return wrong('there are no AWS credentials', 'sign in with aws sso login or aws login, or set AWS_PROFILE');
      if (error instanceof Error && /^(ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClientException)/.test(error.name)) return wrong(`AWS refuses the credentials: ${error.message}`, 'sign in again');
      throw error;
    }
  },
};
