/**
 * Quantile with linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).
 * @param {ArrayLike<number>} values at least one; not changed
 * @param {number} share 0 … 1
 */
export function quantile(values, share) {
  if (values.length === 0) throw new RangeError('There is no quantile of no values. Give at least one.');
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
