/**
 * The lowest kept sequence of a log whose packet was made at or after a time; `next` where none was. Times never fall.
 * @param timeOf - of a packet that is kept, Unix milliseconds
 */
export function firstAt(
  log: { readonly oldest: number; readonly next: number; seek(sequence: number): number },
  atMs: number,
  timeOf: (sequence: number) => number | undefined,
): number {
  let [low, high] = [log.oldest, log.next];
  while (low < high) {
    const half = Math.floor((low + high) / 2);
    const middle = log.seek(half);
    if (middle < high && (timeOf(middle) ?? Infinity) < atMs) low = middle + 1;
    else high = half;
  }
  return log.seek(low);
}
