import { createCalibrationStore } from '../../lambdas/adapters/calibration-store.ts';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { createProfilePages } from '../../lambdas/adapters/profiles/pages.ts';
import { createProfileStore } from '../../lambdas/adapters/profiles/store.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { advance, type Advanced } from '../../lambdas/recalibrate/advance.ts';
import { learn } from '../../lambdas/recalibrate/learn.ts';
import { approve, listVersions, reject, rollBack } from '../../lambdas/recalibrate/versions.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { Target } from '../replay/target.ts';
import { MemoryCalibrations } from './memory-store.ts';
import type { Action } from './options.ts';
import { showRecord, showTraining } from './show.ts';

/** Parts of the table, as many as the function makes. */
const parts = 32;

/** @returns the text to print. @throws VersionError when it cannot be done */
export async function recalibrate(action: Action, config: Config, { documents, profilesTable, controlTable, nowMs }: Pick<Target, 'documents' | 'profilesTable' | 'controlTable' | 'nowMs'>): Promise<string> {
  const control = createControlStore(documents, controlTable);
  const store = createCalibrationStore(documents, controlTable);
  const versions = { config, store, control };
  const reading = { plan: compilePlan(config), pages: createProfilePages(documents, profilesTable), parts, isTimeUp: () => false };
  switch (action.do) {
    case 'run': {
      const advanced = await advance({ ...reading, store, control }, nowMs);
      const { training } = await learn({ ...reading, store, control, profiles: createProfileStore(documents, profilesTable) }, nowMs);
      return [summaryOf(advanced), ...(training ? [showTraining(training)] : [])].join('\n');
    }
    case 'dry-run':
      return `what would be made:\n${await dryRun({ ...reading, store, control }, nowMs)}`;
    case 'approve':
      return `in force now:\n${showRecord(await approve(versions))}`;
    case 'reject':
      return `dropped:\n${showRecord(await reject(versions))}`;
    case 'roll-back':
      return `in force now:\n${showRecord(await rollBack(versions, action.version, nowMs))}`;
    case 'list': {
      const [proposal, made, training] = await Promise.all([store.proposal(), listVersions(versions), control.training()]);
      const waiting = proposal ? [`waits for --approve or --reject:\n${showRecord(proposal)}\n`] : [];
      const versionsMade = made.length > 0 ? made.map(showRecord) : ['nothing has been calibrated: the values of the config are in force'];
      return [...waiting, ...(training ? [showTraining(training)] : []), ...versionsMade].join('\n');
    }
  }
}

/** The result that a calibration would have from the values in force, whether or not the month is calibrated already. */
async function dryRun({ store, control, ...reading }: Parameters<typeof advance>[0], nowMs: number): Promise<string> {
  const memory = new MemoryCalibrations();
  memory.measureBefore = (month) => store.measureBefore(month);
  const current = await control.thresholds();
  const pretended = { model: () => control.model(), thresholds: async () => current && { ...current, month: '' }, publishThresholds: async () => true };
  return summaryOf(await advance({ ...reading, store: memory, control: pretended }, nowMs));
}

function summaryOf(advanced: Advanced): string {
  switch (advanced.state) {
    case 'unfinished':
      return 'another run is at work on it; look again with --list';
    case 'known':
      return `this month is calibrated already (${advanced.result}); version ${advanced.version} is in force`;
    case 'proposed':
      return `waits for --approve or --reject:\n${showRecord(advanced.record)}`;
    case 'overtaken':
      return `not in force, because another version was made meanwhile:\n${showRecord(advanced.record)}`;
    case 'published':
    case 'rejected':
      return showRecord(advanced.record);
  }
}
