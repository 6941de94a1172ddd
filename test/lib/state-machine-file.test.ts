import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CampaignConfig } from '../../lambdas/schemas/config.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { checkOneMachinePerCampaign, readDefinition } from '../../lib/parts/state-machine-file.ts';

const campaign: CampaignConfig = {
  ...(config.campaigns.abandoned_cart as CampaignConfig),
  waits: { first_look: { event: 'page_viewed', timeoutHours: 1.5 } },
  title: 'Win back',
  stateMachine: 'win-back',
  topic: 'offers',
  entry: { event: 'page_viewed' },
  exit: { event: 'purchase' },
  maxTriggerAgeHours: 24,
  steps: { offer: { email: 'offer', afterHours: 0.5, shows: 'cart', evenIfEmpty: false }, 'second-reminder': { email: 'reminder', afterHours: 72, shows: 'cart', evenIfEmpty: false } },
};

let folder: string;
const write = (definition: unknown) =>
  writeFileSync(join(folder, 'win-back.asl.json'), typeof definition === 'string' ? definition : JSON.stringify(definition));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'segue-asl-'));
});

describe('a state machine file', () => {
  it('gets the time-outs of its waits as numbers of seconds', () => {
    write({ A: { TimeoutSeconds: '${FirstLookTimeoutSeconds}' } });
    expect(JSON.parse(readDefinition(folder, campaign))).toEqual({ A: { TimeoutSeconds: 5400 } });
  });

  it('gets the delays of its steps as numbers of seconds', () => {
    write({ A: { Seconds: '${OfferDelaySeconds}' }, B: { Seconds: '${SecondReminderDelaySeconds}' } });
    expect(JSON.parse(readDefinition(folder, campaign))).toEqual({ A: { Seconds: 1800 }, B: { Seconds: 259_200 } });
  });

  it('keeps the function for CloudFormation, and text that only contains a name', () => {
    const definition = { FunctionName: '${SendEmailArn}', Comment: 'waits ${OfferDelaySeconds} s' };
    write(definition);
    expect(JSON.parse(readDefinition(folder, campaign))).toEqual(definition);
  });

  it('may not name a step that the campaign does not have', () => {
    write({ Seconds: '${OffrDelaySeconds}' });
    expect(() => readDefinition(folder, campaign)).toThrow(
      '${OffrDelaySeconds}: must be one of OfferDelaySeconds, SecondReminderDelaySeconds, FirstLookTimeoutSeconds, SendEmailArn',
    );
  });

  it('must be JSON', () => {
    write('{ "StartAt": ');
    expect(() => readDefinition(folder, campaign)).toThrow(/win-back\.asl\.json: .*JSON/);
  });

  it('must be there; the error lists those that are', () => {
    write({});
    expect(() => readDefinition(folder, { ...campaign, stateMachine: 'winback' })).toThrow(
      /"winback": no file .*winback\.asl\.json; there are win-back\.asl\.json/,
    );
  });

  it('belongs to one campaign', () => {
    expect(() => checkOneMachinePerCampaign({ a: campaign, b: { ...campaign, stateMachine: 'other' } })).not.toThrow();
    expect(() => checkOneMachinePerCampaign({ a: campaign, b: campaign })).toThrow(
      'campaigns.b.stateMachine: "win-back": is used by campaigns.a already',
    );
  });
});
