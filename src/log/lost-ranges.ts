/** Ranges that are told apart; beyond it the oldest two become one. */
const RANGES = 64;

/** Which packets a failing disk has lost since the log was opened. They come in ascending order, but for few. */
export class LostRanges {
  #ranges: { from: number; to: number }[] = [];

  /** That packet will never be on the disk. */
  add(sequence: number): void {
    const last = this.#ranges.at(-1);
    if (last && sequence === last.to + 1) last.to = sequence;
    else this.#insert(sequence);
    const [first, second] = this.#ranges;
    // What lies between them counts as lost too: better too many than one too few.
    if (this.#ranges.length > RANGES && first && second) this.#ranges.splice(0, 2, { from: first.from, to: second.to });
  }

  /** How many are lost, or may be, from the first of these sequences to the last. */
  count(first: number, last: number): number {
    return this.#ranges.reduce(
      (sum, { from, to }) => sum + Math.max(0, Math.min(to, last) - Math.max(from, first) + 1),
      0,
    );
  }

  #insert(sequence: number): void {
    if (this.count(sequence, sequence) > 0) return;
    this.#ranges = [...this.#ranges, { from: sequence, to: sequence }].sort((a, b) => a.from - b.from);
  }
}
