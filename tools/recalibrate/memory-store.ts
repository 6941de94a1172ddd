import type { CalibrationStore } from '../../lambdas/adapters/calibration-store.ts';
import type { PackedMeasure } from '../../lambdas/domain/calibration/measure.ts';
import type { CalibrationRun, Part, Phase } from '../../lambdas/domain/calibration/run.ts';
import type { ThresholdsRecord } from '../../lambdas/domain/rules/thresholds.ts';

const copy = <T>(value: T): T => structuredClone(value);

/** A calibration store in memory, with the same write conditions as the stored one. */
export class MemoryCalibrations implements CalibrationStore {
  readonly runs = new Map<string, CalibrationRun>();
  readonly measures = new Map<string, PackedMeasure>();
  proposed: ThresholdsRecord | undefined;
  readonly #parts = new Map<string, Part>();

  async run(month: string): Promise<CalibrationRun | undefined> {
    return copy(this.runs.get(month));
  }

  async saveRun(run: CalibrationRun, from: CalibrationRun['phase'] | undefined): Promise<boolean> {
    if (this.runs.get(run.month)?.phase !== from) return false;
    this.runs.set(run.month, copy(run));
    return true;
  }

  async parts({ month }: CalibrationRun, phase: Phase): Promise<Part[]> {
    return [...this.#parts].flatMap(([key, part]) => (key.startsWith(`${month} ${phase} `) ? [copy(part)] : []));
  }

  async savePart({ month }: CalibrationRun, phase: Phase, part: Part): Promise<boolean> {
    const key = `${month} ${phase} ${part.part}`;
    if ((this.#parts.get(key)?.saves ?? 0) !== part.saves - 1) return false;
    this.#parts.set(key, copy(part));
    return true;
  }

  async saveMeasure(month: string, measure: PackedMeasure): Promise<void> {
    this.measures.set(month, copy(measure));
  }

  async measureBefore(month: string): Promise<PackedMeasure | undefined> {
    const newest = [...this.measures.keys()].filter((one) => one < month).sort().at(-1);
    return newest === undefined ? undefined : copy(this.measures.get(newest));
  }

  async proposal(): Promise<ThresholdsRecord | undefined> {
    return copy(this.proposed);
  }

  async propose(record: ThresholdsRecord): Promise<void> {
    this.proposed = copy(record);
  }

  async dropProposal(): Promise<void> {
    this.proposed = undefined;
  }
}
