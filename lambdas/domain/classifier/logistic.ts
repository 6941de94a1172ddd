export interface LogisticFit {
  intercept: number;
  weights: number[];
  /** Newton steps taken. */
  iterations: number;
  /** False when the steps ran out first. Without a penalty that happens when a line separates the two classes, since no finite weights are best then. */
  converged: boolean;
}

export interface LogisticOptions {
  /** Half of it times the sum of squared weights is added to the loss. The intercept is free. */
  lambda?: number;
  maxIterations?: number;
  /** The fit is done when no part of the gradient is larger than this times the number of rows. */
  tolerance?: number;
}

/**
 * Logistic regression by Newton's method, which for this loss is iteratively reweighted least squares (Hastie, Tibshirani and Friedman,
 * "The Elements of Statistical Learning", 2nd edition, 4.4.1), with the ridge penalty of le Cessie and van Houwelingen, "Ridge Estimators
 * in Logistic Regression", Applied Statistics 41 (1992). A step that would raise the loss is halved. No randomness: equal rows in equal
 * order give equal weights.
 * @param rows features of each person
 * @param targets 1 or 0, or between them for a soft target
 * @throws RangeError for no rows, or rows of different lengths
 */
export function fitLogistic(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  { lambda = 0, maxIterations = 50, tolerance = 1e-10 }: LogisticOptions = {},
): LogisticFit {
  const [first] = rows;
  if (first === undefined || rows.length !== targets.length)
    throw new RangeError(`${rows.length} rows and ${targets.length} targets: need the same number, and at least one`);
  const odd = rows.findIndex((row) => row.length !== first.length);
  if (odd >= 0) throw new RangeError(`row ${odd} has ${rows[odd]?.length} features, the first has ${first.length}`);

  // The first coefficient is the intercept.
  let coefficients = new Array<number>(first.length + 1).fill(0);
  let loss = lossOf(rows, targets, coefficients, lambda);
  for (let iterations = 0; ; iterations += 1) {
    const { gradient, hessian } = derivatives(rows, targets, coefficients, lambda);
    const converged = gradient.every((part) => Math.abs(part) <= tolerance * rows.length);
    const step = converged || iterations === maxIterations ? undefined : solve(hessian, gradient);
    const next = step && descended(step);
    if (next === undefined) return { intercept: coefficients[0] as number, weights: coefficients.slice(1), iterations, converged };
    ({ coefficients, loss } = next);
  }

  /** The longest of the halved steps that does not raise the loss by more than rounding does; undefined when none is. */
  function descended(step: readonly number[]): { coefficients: number[]; loss: number } | undefined {
    for (let length = 1; length > 1e-6; length /= 2) {
      const tried = coefficients.map((value, place) => value - length * (step[place] as number));
      const triedLoss = lossOf(rows, targets, tried, lambda);
      if (triedLoss <= loss + 1e-12 * (1 + loss)) return { coefficients: tried, loss: triedLoss };
    }
    return undefined;
  }
}

export const sigmoid = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
export const logit = (probability: number): number => Math.log(probability / (1 - probability));

/** ln(1 + e^x), for any x. */
const softplus = (x: number): number => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

const linear = (row: readonly number[], coefficients: readonly number[]): number =>
  row.reduce((sum, value, place) => sum + value * (coefficients[place + 1] as number), coefficients[0] as number);

function lossOf(rows: readonly (readonly number[])[], targets: readonly number[], coefficients: readonly number[], lambda: number): number {
  const penalty = coefficients.reduce((sum, weight, place) => (place === 0 ? 0 : sum + weight ** 2), 0);
  return rows.reduce(
    (sum, row, index) => {
      const x = linear(row, coefficients);
      return sum + softplus(x) - (targets[index] as number) * x;
    },
    (lambda / 2) * penalty,
  );
}

function derivatives(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  coefficients: readonly number[],
  lambda: number,
): { gradient: number[]; hessian: number[][] } {
  const size = coefficients.length;
  const gradient = coefficients.map((weight, place) => (place === 0 ? 0 : lambda * weight));
  const hessian = coefficients.map((_, place) => coefficients.map((_, other) => (place === other && place > 0 ? lambda : 0)));
  rows.forEach((row, index) => {
    const p = sigmoid(linear(row, coefficients));
    const error = p - (targets[index] as number);
    const weight = p * (1 - p);
    for (let a = 0; a < size; a += 1) {
      const value = a === 0 ? 1 : (row[a - 1] as number);
      gradient[a]! += error * value;
      const into = hessian[a] as number[];
      for (let b = 0; b <= a; b += 1) into[b]! += weight * value * (b === 0 ? 1 : (row[b - 1] as number));
    }
  });
  return { gradient, hessian };
}

/**
 * Solves `matrix * x = right` by Cholesky's decomposition; only the lower triangle is read.
 * @returns undefined when the matrix is not positive definite, as when one feature is a sum of others and nothing is penalised
 */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const size = right.length;
  const lower = matrix.map((row) => [...row]);
  const at = (row: number, column: number): number => (lower[row] as number[])[column] as number;
  for (let column = 0; column < size; column += 1) {
    for (let row = column; row < size; row += 1) {
      let rest = at(row, column);
      for (let k = 0; k < column; k += 1) rest -= at(row, k) * at(column, k);
      if (row === column && !(rest > 1e-12 * Math.abs(at(row, row)))) return undefined;
      (lower[row] as number[])[column] = row === column ? Math.sqrt(rest) : rest / at(column, column);
    }
  }
  const x = [...right];
  for (let row = 0; row < size; row += 1) {
    for (let k = 0; k < row; k += 1) x[row]! -= at(row, k) * (x[k] as number);
    x[row]! /= at(row, row);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    for (let k = row + 1; k < size; k += 1) x[row]! -= at(k, row) * (x[k] as number);
    x[row]! /= at(row, row);
  }
  return x;
}
