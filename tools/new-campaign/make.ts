import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import type { Config, ConfigInput } from '../../lambdas/schemas/config.ts';
import { defineConfig } from '../../lambdas/schemas/define-config.ts';
import { UsageError } from '../simulate/errors.ts';
import { emailFiles } from './email.ts';
import type { Options } from './options.ts';
import { stateMachineText } from './state-machine.ts';

type Campaign = ConfigInput['campaigns'][string];

export interface Made {
  /** Relative to the project. */
  files: string[];
  /** What belongs into the config: one campaign by its name. */
  campaigns: ConfigInput['campaigns'];
}

/**
 * Makes a campaign's files below the project's folder. Nothing is written unless the config takes the campaign.
 * @throws UsageError when it or one of its files is there already
 * @throws ConfigError
 */
export function makeCampaign(root: string, config: Config, options: Options): Made {
  const { name, steps } = options;
  const campaignName = name.replaceAll('-', '_');
  if (Object.hasOwn(config.campaigns, campaignName)) throw new UsageError(`campaigns.${campaignName}: is in segue.config.ts already; choose another name`);
  const campaigns = { [campaignName]: campaignOf(options, config) };
  defineConfig({ ...(config as ConfigInput), campaigns: { ...(config as ConfigInput).campaigns, ...campaigns } });
  const files: Record<string, string> = { [`statemachines/${name}.asl.json`]: stateMachineText(campaigns[campaignName]!.title, steps) };
  for (const step of steps) {
    for (const [file, content] of Object.entries(emailFiles(config.sender, campaignName, step))) files[`emails/${emailOf(name, step)}/${file}`] = content;
  }
  const there = Object.keys(files).filter((file) => existsSync(join(root, file)));
  if (there.length > 0) throw new UsageError(`${there.join(', ')}: there already; choose another name`);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return { files: Object.keys(files), campaigns };
}

function campaignOf({ name, entry, steps, topic }: Options, { conversions }: Config): Campaign {
  const [conversion = ''] = conversions;
  // An event that ended what it starts would start nothing.
  const startsByConversion = 'event' in entry && entry.event === conversion;
  return {
    title: name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' '),
    stateMachine: name,
    topic,
    entry,
    exit: startsByConversion ? { when: { subscribed: false } } : { event: conversion },
    maxTriggerAgeHours: 24,
    steps: Object.fromEntries(steps.map((step, index) => [step, { email: emailOf(name, step), afterHours: index === 0 ? 1 : 72, shows: 'none' }])),
  };
}

const emailOf = (name: string, step: string): string => `${name}-${step}`;

/** Campaigns as they are written below `campaigns` in the config. */
export function campaignText(campaigns: ConfigInput['campaigns']): string {
  const lines = inspect(campaigns, { depth: Infinity, breakLength: 100, maxStringLength: null, maxArrayLength: null }).split('\n');
  return `${lines.slice(1, -1).map((line) => `  ${line}`).join('\n')},`;
}
