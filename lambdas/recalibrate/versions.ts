import type { CalibrationStore } from '../adapters/calibration-store.ts';
import type { ControlStore } from '../adapters/control-store.ts';
import { initialThresholds, type ThresholdsRecord } from '../domain/rules/thresholds.ts';
import type { Config } from '../schemas/config.ts';

export interface VersionsDeps {
  config: Config;
  store: Pick<CalibrationStore, 'proposal' | 'dropProposal' | 'run' | 'saveRun'>;
  control: Pick<ControlStore, 'thresholds' | 'thresholdsOfVersion' | 'publishThresholds'>;
}

/** A version cannot be made; the message says why and what can be done. */
export class VersionError extends Error {
  override name = 'VersionError';
}

/**
 * Puts the proposed version in force.
 * @throws VersionError when there is none, or when another version was made since the proposal
 */
export async function approve({ store, control }: VersionsDeps): Promise<ThresholdsRecord> {
  const proposal = await proposalOf(store);
  const isDone = (await control.publishThresholds(proposal)) || isSame(await control.thresholds(), proposal);
  if (!isDone) {
    const current = await control.thresholds();
    throw new VersionError(`the proposal for ${proposal.month} would be version ${proposal.version}, but version ${current?.version ?? 0} is in force; drop it with --reject`);
  }
  await conclude(store, proposal.month, 'published');
  return proposal;
}

/** Drops the proposed version; its month is not calibrated again. @throws VersionError when there is none */
export async function reject({ store }: VersionsDeps): Promise<ThresholdsRecord> {
  const proposal = await proposalOf(store);
  await conclude(store, proposal.month, 'rejected');
  return proposal;
}

/**
 * Makes a new version with the values of an earlier one. Earlier versions are never changed.
 * @param version 0 for the values of the config
 * @throws VersionError when there is no such version, or when somebody else made one at the same time
 */
export async function rollBack({ config, control }: VersionsDeps, version: number, nowMs: number): Promise<ThresholdsRecord> {
  const current = await control.thresholds();
  if (current === undefined) throw new VersionError('nothing has been calibrated: the values of the config are in force');
  if (version === current.version) throw new VersionError(`version ${version} is in force already`);
  const values = version === 0 ? initialThresholds(config) : (await control.thresholdsOfVersion(version))?.values;
  if (values === undefined) throw new VersionError(`version ${version}: there is no such version; they go from 0, the config, to ${current.version}`);
  const record: ThresholdsRecord = { version: current.version + 1, month: current.month, madeAtMs: nowMs, values, changes: [], rolledBackTo: version };
  if (!(await control.publishThresholds(record))) throw new VersionError('somebody else made a version at the same time; try again');
  return record;
}

/** All versions, the newest first. */
export async function listVersions({ control }: Pick<VersionsDeps, 'control'>): Promise<ThresholdsRecord[]> {
  const newest = (await control.thresholds())?.version ?? 0;
  const found = await Promise.all(Array.from({ length: newest }, (_, index) => control.thresholdsOfVersion(newest - index)));
  return found.flatMap((record) => record ?? []);
}

async function proposalOf(store: VersionsDeps['store']): Promise<ThresholdsRecord> {
  const proposal = await store.proposal();
  if (proposal === undefined) throw new VersionError('no version waits for approval');
  return proposal;
}

async function conclude(store: VersionsDeps['store'], month: string, result: 'published' | 'rejected'): Promise<void> {
  const run = await store.run(month);
  if (run) await store.saveRun({ ...run, result }, 'done');
  await store.dropProposal();
}

/** A crash after the publication leaves the proposal behind. */
const isSame = (current: ThresholdsRecord | undefined, { version, month, madeAtMs }: ThresholdsRecord): boolean =>
  current?.version === version && current.month === month && current.madeAtMs === madeAtMs;
