import type { CampaignConfig, Config } from './config.ts';
import type { CompiledEmail } from './email.ts';

/** Name of the campaign that `npm run smoke` enters, of its state machine, its topic and its email. No campaign of a shop may have it. */
export const smokeTest = 'smoke_test';

/** Events that nothing else sends; with a web key they are refused, so that nobody but an operator can start it. */
export const smokeTestEvents = { started: 'smoke_test_started', continued: 'smoke_test_continued' } as const;

export const isSmokeTestEvent = (name: string): boolean => name.startsWith('smoke_test_');

const campaign: CampaignConfig = {
  title: 'Smoke test',
  stateMachine: smokeTest,
  topic: smokeTest,
  transactional: false,
  entry: { event: smokeTestEvents.started },
  entryProperties: {},
  exit: {},
  reentry: 'always',
  concurrent: false,
  maxTriggerAgeHours: 1,
  priority: 0,
  holdout: 0,
  waits: { continued: { event: smokeTestEvents.continued, timeoutHours: 0.25 } },
  branches: {},
  steps: {
    first: { email: smokeTest, afterHours: 2 / 3600, shows: 'none', evenIfEmpty: true },
    second: { email: smokeTest, afterHours: 0, shows: 'none', evenIfEmpty: true },
  },
};

/**
 * The config with the campaign of the smoke test, for the functions that run workflows. Reports, calibration and the owner's tools know
 * nothing of it.
 */
export const withSmokeTest = (config: Config): Config => ({ ...config, campaigns: { ...config.campaigns, [smokeTest]: campaign } });

export const smokeTestCampaign: CampaignConfig = campaign;

export const smokeTestEmail: CompiledEmail = {
  subject: 'Segue: smoke test',
  html: '<!doctype html><html lang="en"><body><p>This email was sent by npm run smoke, to prove that a deployment of Segue works.</p><p><a href="{{ links.unsubscribe }}">Unsubscribe</a></p><p>{{ brand.postalAddress }}</p></body></html>',
  text: 'This email was sent by npm run smoke, to prove that a deployment of Segue works.\n\nUnsubscribe: {{ links.unsubscribe }}\n\n{{ brand.postalAddress }}\n',
};
