import type { CampaignConfig } from '../../schemas/config.ts';
import type { Profile } from '../profile/profile.ts';
import { hourMs } from '../time.ts';

interface Asked {
  executionName: string;
  entryAtMs: number;
  step: string;
}

/** People add several products within a minute. Waiting again for each of them would only cost state transitions. */
const toleranceMs = 60_000;

/** When the wait of a workflow last began. */
export const beganAtMs = ({ runs }: Pick<Profile, 'runs'>, { executionName, entryAtMs }: Omit<Asked, 'step'>): number =>
  Math.max(entryAtMs, Object.values(runs).find((run) => run.executionName === executionName)?.restartedAtMs ?? 0);

/**
 * Until when the first email of a workflow waits, if its wait has begun again. Later emails are not delayed.
 * @returns undefined when the email need not wait
 */
export function restartedUntilMs({ steps }: Pick<CampaignConfig, 'steps'>, profile: Pick<Profile, 'runs'>, asked: Asked, nowMs: number): number | undefined {
  const beganMs = beganAtMs(profile, asked);
  if (beganMs === asked.entryAtMs || Object.keys(steps)[0] !== asked.step) return undefined;
  const untilMs = beganMs + (steps[asked.step]?.afterHours ?? 0) * hourMs;
  return nowMs + toleranceMs < untilMs ? untilMs : undefined;
}
