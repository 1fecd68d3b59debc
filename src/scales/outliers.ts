/** Neighbours of a value, where there are so many. */
const NEIGHBOURS = 20;

/** What scikit-learn's `contamination='auto'` calls an outlier: a factor above this one. */
const OUTLYING = 1.5;

/** Keeps the density of equal values finite; scikit-learn's number. */
const NEARLY_NOTHING = 1e-10;

/**
 * Local outlier factors of numbers (Breunig, Kriegel, Ng and Sander, "LOF: Identifying Density-Based Local Outliers",
 * SIGMOD 2000), as scikit-learn computes them: of each value the k nearest others, also where more are as near; of two that
 * are equally near the smaller one. About 1 amid values as dense as the own neighbourhood, above where these are denser.
 * @param values - finite
 * @param neighbours - k, ≥ 1; all others where there are fewer
 * @returns one factor a value, > 0; the caller's. 1 for a value that is alone
 */
export function outlierFactors(values: ArrayLike<number>, neighbours = NEIGHBOURS): Float64Array<ArrayBuffer> {
  const n = values.length;
  const k = Math.min(neighbours, n - 1);
  const factors = new Float64Array(n).fill(1);
  if (k < 1) return factors;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
  const sorted = Float64Array.from(order, (i) => values[i]!);
  const first = firstNeighbours(sorted, k);
  const reach = sorted.map((value, i) => Math.max(value - sorted[first[i]!]!, sorted[first[i]! + k]! - value));
  const density = sorted.map((value, i) => {
    const sum = sumAround(first[i]!, k, i, (other) => Math.max(reach[other]!, Math.abs(value - sorted[other]!)));
    return 1 / (sum / k + NEARLY_NOTHING);
  });
  for (const [i, at] of order.entries()) {
    factors[at] = sumAround(first[i]!, k, i, (other) => density[other]!) / k / density[i]!;
  }
  return factors;
}

/**
 * How many of some numbers are outliers, below and above the others.
 * @param values - finite
 */
export function countOutliers(values: ArrayLike<number>, neighbours = NEIGHBOURS): number {
  return outlierFactors(values, neighbours).reduce((count, factor) => (factor > OUTLYING ? count + 1 : count), 0);
}

/** Of each sorted value the first of the k + 1 values in a row that are itself and its k nearest. */
function firstNeighbours(sorted: Float64Array, k: number): Int32Array {
  return Int32Array.from(sorted, (value, i) => {
    let low = i;
    let high = i;
    while (high - low < k) {
      const below = low > 0 ? value - sorted[low - 1]! : Infinity;
      const above = high < sorted.length - 1 ? sorted[high + 1]! - value : Infinity;
      if (below <= above) low--;
      else high++;
    }
    return low;
  });
}

/** The sum over the k + 1 places from `first` on, but for `own`. */
function sumAround(first: number, k: number, own: number, of: (place: number) => number): number {
  let sum = 0;
  for (let place = first; place <= first + k; place++) if (place !== own) sum += of(place);
  return sum;
}
