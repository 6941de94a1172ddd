import { clean } from './clean.ts';
import { raiseAlarm } from './steps/alarm.ts';
import { enterCampaign, goOn, seeFeedback, seeSent, unsubscribe } from './steps/campaign.ts';
import { refuseWhatIsWrong, sendEdges } from './steps/edges.ts';
import { makeKeys } from './steps/keys.ts';
import { sendByAllRoutes } from './steps/routes.ts';
import { seeArchive, seeProfiles } from './steps/stored.ts';
import type { World } from './world.ts';

export interface StepResult {
  step: string;
  /** `skipped`: a step that it builds on has failed. */
  status: 'ok' | 'failed' | 'skipped';
  seconds: number;
  says: string;
}

interface Step {
  name: string;
  needs: readonly string[];
  run(world: World): Promise<string>;
}

export interface Wishes {
  to?: string;
  isQuick: boolean;
}

const stepsFor = ({ to, isQuick }: Wishes): Step[] => [
  { name: 'keys', needs: [], run: makeKeys },
  { name: 'routes', needs: ['keys'], run: sendByAllRoutes },
  { name: 'refusals', needs: ['keys'], run: refuseWhatIsWrong },
  { name: 'edges', needs: ['keys'], run: sendEdges },
  { name: 'profiles', needs: ['keys'], run: seeProfiles },
  { name: 'campaign', needs: ['keys'], run: (world) => enterCampaign(world, to) },
  { name: 'emails', needs: ['campaign'], run: seeSent },
  { name: 'feedback', needs: ['emails'], run: seeFeedback },
  { name: 'unsubscribe', needs: ['emails'], run: unsubscribe },
  { name: 'second email', needs: ['feedback', 'unsubscribe'], run: goOn },
  { name: 'alarm', needs: [], run: raiseAlarm },
  ...(isQuick ? [] : [{ name: 'archive', needs: ['keys'], run: seeArchive }]),
];

/**
 * Makes the steps one after the other, those of which nothing failed that they need, and cleans up in any case.
 * @param stopped when it is aborted, no further step begins
 * @param onResult is told each result as it comes
 */
export async function smoke(world: World, wishes: Wishes, stopped: AbortSignal, onResult: (result: StepResult) => void): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const make = async ({ name, needs, run }: Step, isSkipped: boolean) => {
    const startMs = performance.now();
    const failed = needs.find((need) => results.some(({ step, status }) => step === need && status !== 'ok'));
    const outcome = isSkipped ? ({ status: 'skipped', says: 'stopped' } as const) : failed !== undefined ? ({ status: 'skipped', says: `needs ${failed}` } as const) : await run(world).then((says) => ({ status: 'ok', says }) as const, (error: unknown) => ({ status: 'failed', says: messageOf(error) }) as const);
    const result = { step: name, ...outcome, seconds: (performance.now() - startMs) / 1000 };
    results.push(result);
    onResult(result);
  };
  try {
    for (const step of stepsFor(wishes)) await make(step, stopped.aborted);
  } finally {
    await make({ name: 'clean up', needs: [], run: clean }, false);
  }
  return results;
}

/** One line, with the reason behind "fetch failed". */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, name, message } = error;
  return `${name === 'Error' || name === 'TypeError' ? '' : `${name}: `}${message.split('\n')[0]}${cause instanceof Error ? `: ${cause.message}` : ''}`;
}
