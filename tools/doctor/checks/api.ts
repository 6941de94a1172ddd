import { GetAccountCommand, GetStageCommand } from '@aws-sdk/client-api-gateway';
import type { Check, Deployed } from '../context.ts';
import { ok, orOk, putBack, warning, wrong, type Finding } from '../finding.ts';
import { outputRef, resourcesOf } from '../template.ts';

const patienceMs = 10_000;

/** A call without a write key: it reaches the deployed stage, and stores nothing. */
async function callWithoutKey(deployed: Deployed): Promise<{ url: string; status: number; text: string; date: string | null }> {
  const url = `${await deployed.endpoint()}v1/track`;
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}', signal: AbortSignal.timeout(patienceMs) });
  return { url, status: response.status, text: await response.text(), date: response.headers.get('date') };
}

/** What stands behind "fetch failed". */
const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
};

export const api: Check = {
  name: 'api',
  permissions: [],
  async run({ deployed, stageName }) {
    try {
      const { url, status, text } = await callWithoutKey(deployed);
      if (status === 401 && text.includes('write key')) return ok(`${url} answers, and asks for a write key`);
      return wrong(`${url} without a write key was answered with ${status} in place of 401: ${text.slice(0, 120)}`, `deploy the API's stage in the API Gateway console, or ${putBack(stageName)}; with a domain of your own, look at its DNS records`);
    } catch (error) {
      return wrong(`the endpoint does not answer: ${reasonOf(error)}`, 'look at its name in DNS, and at what stands between you and AWS');
    }
  },
};

const mostSkewMs = { warning: 5_000, wrong: 60_000 };

export const clock: Check = {
  name: 'clock',
  permissions: [],
  async run({ deployed, nowMs }) {
    const sentAtMs = nowMs();
    const { date } = await callWithoutKey(deployed).catch(() => ({ date: null }));
    const atMs = Date.parse(date ?? '');
    if (Number.isNaN(atMs)) return warning('unknown: the endpoint gave no date', 'repair the endpoint first');
    const answeredAtMs = nowMs();
    // The header has whole seconds, and was written at some time between request and answer.
    const aheadMs = sentAtMs > atMs + 1000 ? sentAtMs - atMs - 1000 : answeredAtMs < atMs ? answeredAtMs - atMs : 0;
    const text = `the clock of this machine is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} AWS`;
    const todo = 'set it by NTP: commands sign requests and note times by it';
    if (Math.abs(aheadMs) > mostSkewMs.wrong) return wrong(text, todo);
    return Math.abs(aheadMs) > mostSkewMs.warning ? warning(text, todo) : ok('the clock of this machine agrees with that of the endpoint');
  },
};

interface StageProperties {
  StageName: string;
  MethodSettings: { HttpMethod: string; ResourcePath: string; ThrottlingRateLimit?: number; ThrottlingBurstLimit?: number }[];
}

export const throttle: Check = {
  name: 'throttle',
  permissions: ['apigateway:GET'],
  async run({ clients, template, deployed, stageName }) {
    const [[, { StageName, MethodSettings }]] = resourcesOf<StageProperties>(template, 'AWS::ApiGateway::Stage') as [[string, StageProperties]];
    const wanted = MethodSettings.find(({ HttpMethod, ResourcePath }) => HttpMethod === '*' && ResourcePath === '/*');
    const restApiId = await deployed.physicalId(resourcesOf(template, 'AWS::ApiGateway::RestApi')[0]![0]);
    const [{ methodSettings = {} }, { throttleSettings }] = await Promise.all([clients.apigateway.send(new GetStageCommand({ restApiId, stageName: StageName })), clients.apigateway.send(new GetAccountCommand({}))]);
    const { throttlingRateLimit: rate, throttlingBurstLimit: burst } = methodSettings['*/*'] ?? {};
    const faults: Finding[] = [];
    if (rate !== wanted?.ThrottlingRateLimit || burst !== wanted?.ThrottlingBurstLimit) {
      faults.push(wrong(`the API lets ${rate ?? 'any number of'} requests a second through, and ${wanted?.ThrottlingRateLimit} are meant`, `set it back in the API Gateway console (stage ${StageName}), or ${putBack(stageName)}`));
    }
    if ((throttleSettings?.rateLimit ?? Infinity) < (wanted?.ThrottlingRateLimit ?? 0)) {
      faults.push(warning(`all APIs of the account share ${throttleSettings?.rateLimit} requests a second, fewer than the ${wanted?.ThrottlingRateLimit} of this one`, 'ask for more in the Service Quotas console'));
    }
    return orOk(faults, `the API lets ${rate} requests a second through, and ${burst} at once; the account allows ${throttleSettings?.rateLimit ?? 'any number'}`);
  },
};

/** The name of the table that an output names. */
export const tableOf = (context: Pick<Parameters<Check['run']>[0], 'template' | 'deployed'>, output: 'ControlTable' | 'ProfilesTable' | 'SendsTable'): Promise<string> => context.deployed.physicalId(outputRef(context.template, output));
