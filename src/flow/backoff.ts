/** How long to wait between tries, seconds. */
export interface BackoffLimits {
  /** Before the second try, > 0. */
  readonly firstS: number;
  /** … and never longer than this, ≥ `firstS`. */
  readonly mostS: number;
}

/**
 * Doubling pauses up to a cap, with jitter, so that many cameras behind one switch do not all come back in the same
 * instant: each pause is drawn from the upper half of its bound ("equal jitter", M. Brooker, AWS Architecture Blog 2015).
 */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #tries = 0;

  /** @param random - 0 ≤ r < 1 */
  constructor(limits: BackoffLimits, random: () => number = Math.random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** The pause before the next try, milliseconds: above 0, at most `mostS`. */
  next(): number {
    const { firstS, mostS } = this.#limits;
    // 2^1024 is no number: the exponent is cut long before.
    const bound = Math.min(mostS, firstS * 2 ** Math.min(this.#tries++, 64));
    return 1000 * bound * (1 - this.#random() / 2);
  }

  /** The last try went well: the next pause is the first again. */
  reset(): void {
    this.#tries = 0;
  }
}
