/** How often something may happen. */
export interface Rate {
  /** In the long run, > 0. */
  readonly perSecond: number;
  /** At once, after a rest, ≥ 1. */
  readonly burst: number;
}

/** A leaky bucket: counts how often something happens against what is allowed. Pure; the caller brings the time. */
export class RateBucket {
  readonly #rate: Rate;
  /** What it holds, 0 … burst. */
  #level = 0;
  /** When that was so. */
  #atMs = -Infinity;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /**
   * Whether it may happen once more; where it may not it does not count.
   * @param nowMs - any clock that never falls, milliseconds
   */
  take(nowMs: number): boolean {
    const { perSecond, burst } = this.#rate;
    const drained = (Math.max(0, nowMs - this.#atMs) / 1000) * perSecond;
    this.#level = Math.max(0, this.#level - drained);
    this.#atMs = nowMs;
    if (this.#level + 1 > burst) return false;
    this.#level += 1;
    return true;
  }
}
