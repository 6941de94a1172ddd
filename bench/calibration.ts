import { gzipSync } from 'node:zlib';
import { encodeProfile } from '../lambdas/adapters/profiles/codec.ts';
import { createProfilePages } from '../lambdas/adapters/profiles/pages.ts';
import type { CalibrationRun, Part, Phase } from '../lambdas/domain/calibration/run.ts';
import { fold, type SequencedEvent } from '../lambdas/domain/fold/fold.ts';
import { compilePlan, type Plan } from '../lambdas/domain/plan/plan.ts';
import { emptyProfile } from '../lambdas/domain/profile/profile.ts';
import { initialThresholds } from '../lambdas/domain/rules/thresholds.ts';
import { advance } from '../lambdas/recalibrate/advance.ts';
import { learn } from '../lambdas/recalibrate/learn.ts';
import config from '../examples/bookstore/segue.config.ts';
import { MemoryCalibrations } from '../tools/recalibrate/memory-store.ts';
import { fieldsOf, startCannedTable } from './canned-table.ts';
import { seeded } from './measure.ts';
import { eventOf } from './rules-world.ts';

export interface CalibrationResult {
  people: number;
  /** Everybody is read twice: for scores and outcomes, and for the moves between segments. */
  measureSeconds: number;
  predictSeconds: number;
  /** Reading everybody once more, to draw candidates for the classifier. */
  drawSeconds: number;
  /** Largest state of one of the 32 parts, gzipped, as it is stored; and with candidates. */
  partBytes: number;
  drawnBytes: number;
  /** State of all of them together. */
  wholeBytes: number;
  heapMb: number;
}

const monthMs = Date.UTC(2026, 8, 1);
const nowMs = Date.UTC(2026, 9, 1, 3);
const distinct = 4000;
const mix = ['page_viewed', 'page_viewed', 'page_viewed', 'product_viewed', 'product_viewed', 'add_to_cart', 'email_opened', 'purchase'];

/**
 * The calibration of a table of that many people, by the code that runs in the function. DynamoDB's answers come ready-made from this
 * process, so the time is that of one core, without the network.
 */
export async function benchCalibration(people: number): Promise<CalibrationResult> {
  const plan = compilePlan({ ...config, classifier: { mode: 'watch', threshold: 'engaged', margin: 0.2, minEvents: 5 } });
  const random = seeded(1);
  const items = Array.from({ length: distinct }, (_, index) => fieldsOf(itemOf(plan, index, random)));
  const table = await startCannedTable(people, items);
  try {
    const store = new Watched();
    const startMs = performance.now();
    const control = { ...noTrainings, thresholds: async () => undefined, publishThresholds: async () => true };
    const deps = { plan, store, pages: createProfilePages(table.documents, 'profiles'), control, parts: 32, isTimeUp: () => false };
    const done = await advance(deps, nowMs);
    const endMs = performance.now();
    const learnt = await learn({ ...deps, profiles: { loadMany: async () => new Map() } }, nowMs);
    const drawnMs = performance.now();
    if (learnt.state !== 'done') throw new Error(`drawing is ${learnt.state}`);
    if (done.state !== 'published' || done.record.changes.every(({ from, to }) => from === to)) throw new Error('the bench has to move a threshold');
    return {
      people,
      measureSeconds: (store.decidedAtMs - startMs) / 1000,
      predictSeconds: (endMs - store.decidedAtMs) / 1000,
      drawSeconds: (drawnMs - endMs) / 1000,
      partBytes: store.partBytes,
      drawnBytes: store.drawnBytes,
      wholeBytes: gzipSync(JSON.stringify(store.measures.get('2026-10'))).length,
      heapMb: store.heapMb,
    };
  } finally {
    await table.stop();
  }
}

const noTrainings = { model: async () => undefined, training: async () => undefined, saveTraining: async () => true };

/** Notes what is stored, and when. */
class Watched extends MemoryCalibrations {
  decidedAtMs = 0;
  partBytes = 0;
  drawnBytes = 0;
  heapMb = 0;

  override savePart(run: CalibrationRun, phase: Phase, part: Part): Promise<boolean> {
    const bytes = gzipSync(JSON.stringify(part.sums)).length;
    if (phase === 'draw') this.drawnBytes = Math.max(this.drawnBytes, bytes);
    else this.partBytes = Math.max(this.partBytes, bytes);
    this.heapMb = Math.max(this.heapMb, process.memoryUsage().heapUsed / 2 ** 20);
    return super.savePart(run, phase, part);
  }

  override saveRun(run: CalibrationRun, from: CalibrationRun['phase'] | undefined): Promise<boolean> {
    if (from === 'measure') this.decidedAtMs = performance.now();
    return super.saveRun(run, from);
  }
}

function itemOf(plan: Plan, index: number, random: () => number): object {
  const userKey = `u#person-${index}`;
  const count = 1 + Math.floor(random() ** 3 * 60);
  const events = Array.from({ length: count }, (_, place): SequencedEvent => ({
    sequenceNumber: String(place + 1),
    event: eventOf(userKey, mix[Math.floor(random() * mix.length)] as string, monthMs - Math.floor((random() * 90 - 30) * 86_400_000), `${index}${place}`.padStart(8, '0')),
  }));
  const { profile } = fold(plan, emptyProfile(userKey), undefined, events, { nowMs, thresholds: initialThresholds(plan.config), thresholdsVersion: 0 });
  return encodeProfile({ ...profile, outbox: [] });
}

if (import.meta.main) for (const people of [10_000, 100_000, 1_000_000]) console.log(JSON.stringify(await benchCalibration(people)));
