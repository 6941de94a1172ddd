import type { ReportDataInput } from '../../schemas/report.ts';
import type { ThresholdChange, ThresholdsRecord } from '../rules/thresholds.ts';

type Calibration = NonNullable<ReportDataInput['calibration']>;

/** The version that waits for approval, else the one in force; undefined when nothing was calibrated. */
export function calibrationNumbers(current: ThresholdsRecord | undefined, proposal: ThresholdsRecord | undefined): Calibration | undefined {
  const record = proposal ?? current;
  if (record === undefined) return undefined;
  const { version, month, outcomeMonth, rolledBackTo, changes, moves } = record;
  return {
    version,
    month,
    ...(outcomeMonth !== undefined && { outcomeMonth }),
    state: proposal === undefined ? 'in-force' : 'proposed',
    ...(rolledBackTo !== undefined && { rolledBackTo }),
    changes: changes.map(changeNumbers),
    ...(moves && { moves: moves.map(({ from, to, people }) => ({ from, to, people })) }),
  };
}

/** The part of a recorded change that the page shows. */
function changeNumbers({ mailedShare: _mailed, ...change }: ThresholdChange): Calibration['changes'][number] {
  return change;
}
