/** How often two judges of the same people put one into the class `row` and the other into `column`. */
export interface ConfusionCell {
  row: string;
  column: string;
  people: number;
}

/** Counts by class of the rows, then by class of the columns. */
export interface ConfusionMatrix {
  classes: readonly string[];
  counts: readonly (readonly number[])[];
}

/** @throws RangeError for a cell of a class that is not among `classes` */
export function confusionMatrix(classes: readonly string[], cells: Iterable<ConfusionCell>): ConfusionMatrix {
  const places = new Map(classes.map((name, place) => [name, place]));
  const counts = classes.map(() => classes.map(() => 0));
  const placeOf = (name: string): number => {
    const place = places.get(name);
    if (place === undefined) throw new RangeError(`class ${name} is none of ${classes.join(', ')}`);
    return place;
  };
  for (const { row, column, people } of cells) (counts[placeOf(row)] as number[])[placeOf(column)]! += people;
  return { classes, counts };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const rowSums = ({ counts }: ConfusionMatrix): number[] => counts.map(sum);
const columnSums = ({ classes, counts }: ConfusionMatrix): number[] =>
  classes.map((_, place) => sum(counts.map((row) => row[place] as number)));
const agreed = ({ counts }: ConfusionMatrix): number => sum(counts.map((row, place) => row[place] as number));

/** Share of the people on whom both agree; undefined without people. */
export function agreement(matrix: ConfusionMatrix): number | undefined {
  const people = sum(rowSums(matrix));
  return people === 0 ? undefined : agreed(matrix) / people;
}

/**
 * Agreement beyond chance, (po - pe) / (1 - pe): Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and
 * Psychological Measurement 20 (1960). 1 is perfect, 0 what chance would give.
 * @returns undefined where it does not exist: without people, and when both put everybody into the same class
 */
export function cohensKappa(matrix: ConfusionMatrix): number | undefined {
  const [rows, columns] = [rowSums(matrix), columnSums(matrix)];
  const people = sum(rows);
  const byChance = sum(rows.map((row, place) => row * (columns[place] as number)));
  // Computed in whole numbers, so that rounding cannot turn an undefined kappa into a number.
  return byChance === people ** 2 ? undefined : (people * agreed(matrix) - byChance) / (people ** 2 - byChance);
}

export interface ClassScore {
  name: string;
  /** People whom the rows, the truth, put into the class. */
  people: number;
  /** Of those predicted, the share that is of the class; undefined when none is predicted. */
  precision: number | undefined;
  /** Of the class, the share that is predicted; undefined when nobody is of it. */
  recall: number | undefined;
  /** Their harmonic mean, 2 tp / (2 tp + fp + fn); undefined when there is neither. */
  f1: number | undefined;
}

/**
 * Precision, recall and F1 of each class, with the truth in the rows: van Rijsbergen, "Information Retrieval", 2nd edition 1979, chapter
 * 7.
 */
export function classScores(matrix: ConfusionMatrix): ClassScore[] {
  const [rows, columns] = [rowSums(matrix), columnSums(matrix)];
  return matrix.classes.map((name, place) => {
    const hits = matrix.counts[place]?.[place] as number;
    const [people, predicted] = [rows[place] as number, columns[place] as number];
    return { name, people, precision: ratio(hits, predicted), recall: ratio(hits, people), f1: ratio(2 * hits, people + predicted) };
  });
}

/**
 * Unweighted means over classes, each as important as any other: Sokolova and Lapalme, Information Processing and
 * Management 45 (2009); F1 is the mean of the classes' F1. What a class does not have counts as 0 there, as in scikit-learn; a class
 * that is neither true nor predicted of anybody is left out.
 */
export function macroScores(matrix: ConfusionMatrix): Pick<ClassScore, 'precision' | 'recall' | 'f1'> {
  const present = classScores(matrix).filter(({ f1 }) => f1 !== undefined);
  const mean = (of: (score: ClassScore) => number | undefined) => ratio(sum(present.map((score) => of(score) ?? 0)), present.length);
  return { precision: mean(({ precision }) => precision), recall: mean(({ recall }) => recall), f1: mean(({ f1 }) => f1) };
}

const ratio = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);
