import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigInput } from '../../lambdas/schemas/config.ts';
import { UsageError } from '../simulate/errors.ts';
import { emailFiles } from './email.ts';
import type { Options } from './options.ts';
import { stateMachineText } from './state-machine.ts';

export interface Made {
  /** Relative to the project. */
  files: string[];
  campaign: ConfigInput['campaigns'];
}

/**
 * Makes a campaign's files below the project's folder, all or none.
 * @throws UsageError when one of them is there already
 */
export function makeCampaign(root: string, { name, entry, steps, topic }: Options): Made {
  const campaignName = name.replaceAll('-', '_');
  const title = name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
  const folderOf = (step: string) => `${name}-${step}`;
  const files = Object.fromEntries([
    [`statemachines/${name}.asl.json`, stateMachineText(title, steps)],
    ...steps.flatMap((step) => Object.entries(emailFiles(join(root, 'emails'), campaignName, step)).map(([file, content]) => [`emails/${folderOf(step)}/${file}`, content])),
  ]) as Record<string, string>;
  const there = Object.keys(files).filter((file) => existsSync(join(root, file)));
  if (there.length > 0) throw new UsageError(`${there.join(', ')}: there already; choose another name`);
  for (const step of steps) mkdirSync(join(root, 'emails', folderOf(step)), { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(root, file), content);
  return {
    files: Object.keys(files),
    campaign: {
      [campaignName]: {
        title,
        stateMachine: name,
        topic,
        entry,
        exit: { event: 'purchase' },
        maxTriggerAgeHours: 24,
        steps: Object.fromEntries(steps.map((step, index) => [step, { email: folderOf(step), afterHours: index === 0 ? 1 : 72, shows: 'none' as const }])),
      },
    },
  };
}
