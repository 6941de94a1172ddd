import type { ReportData } from '../../schemas/report.ts';
import { normal95 } from '../statistics/experiments.ts';

type Answers = ReportData['surveys'][number]['bySegment'][number];
type Assumption = NonNullable<Answers['assumption']>;

export interface Judgement {
  kind: 'confirmed' | 'refuted' | 'undecided';
  /** Answers that confirm or refute it. */
  answers: number;
  /** Share of them that speaks for it, and its 95% interval. */
  share: number;
  from: number;
  to: number;
}

const z = normal95;

/**
 * Whether answers confirm an assumption: when more than half of those that say something on it do, and that is no chance. The interval is
 * that of Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American Statistical Association
 * 22 (1927).
 * @returns undefined without an answer that speaks for or against it
 */
export function judge(given: Answers['answers'], { confirmedBy, refutedBy }: Assumption): Judgement | undefined {
  const countOf = (values: readonly string[]) => given.reduce((sum, { value, count }) => (values.includes(value) ? sum + count : sum), 0);
  const confirming = countOf(confirmedBy);
  const answers = confirming + countOf(refutedBy);
  if (answers === 0) return undefined;
  const share = confirming / answers;
  const middle = (share + z ** 2 / (2 * answers)) / (1 + z ** 2 / answers);
  const reach = (z / (1 + z ** 2 / answers)) * Math.sqrt((share * (1 - share)) / answers + z ** 2 / (4 * answers ** 2));
  const [from, to] = [middle - reach, middle + reach];
  return { kind: from > 0.5 ? 'confirmed' : to < 0.5 ? 'refuted' : 'undecided', answers, share, from, to };
}
